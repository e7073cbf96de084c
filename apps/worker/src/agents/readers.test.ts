import { beforeEach, describe, expect, it, vi } from "vitest";
import { Readers, streamOf } from "./readers.ts";

let inside: number;
const visit = (): (() => void) => {
  inside += 1;
  return () => {
    inside -= 1;
  };
};

beforeEach(() => {
  inside = 0;
});

const textOf = async (stream: ReadableStream<Uint8Array>): Promise<string> => new Response(stream).text();

describe("a reader", () => {
  it("gets what there was, what is sent, and the end", async () => {
    const readers = new Readers(visit);
    const text = textOf(readers.add("a"));
    readers.send("b");
    readers.close("c");
    expect(await text).toBe("abc");
  });

  it("is inside until it has taken all there is", async () => {
    const readers = new Readers(visit);
    const reader = readers.add("a").getReader();
    readers.close("b");
    expect([readers.size, inside]).toEqual([0, 1]);
    await reader.read();
    expect(inside).toBe(1);
    await reader.read();
    expect(inside).toBe(1);
    expect(await reader.read()).toMatchObject({ done: true });
    expect(inside).toBe(0);
  });

  it("that waits for more is told of the end at once", async () => {
    const readers = new Readers(visit);
    const reader = readers.add("").getReader();
    const next = reader.read();
    await Promise.resolve();
    readers.close("");
    expect(await next).toMatchObject({ done: true });
    expect(inside).toBe(0);
  });

  it("that brings its own buffer is told of the end too", async () => {
    const stream = streamOf("a", visit);
    const reader = stream.getReader({ mode: "byob" });
    expect((await reader.read(new Uint8Array(8))).value).toHaveLength(1);
    expect(await reader.read(new Uint8Array(8))).toMatchObject({ done: true });
    expect(inside).toBe(0);
  });

  it("is gone when it goes, before the end or after", async () => {
    const readers = new Readers(visit);
    const [early, late] = [readers.add("a"), readers.add("a")];
    await early.cancel();
    expect([readers.size, inside]).toEqual([1, 1]);
    readers.close("b");
    await late.cancel();
    expect(inside).toBe(0);
  });

  it("that hears nothing for long is kept from being cut off, each time", async () => {
    vi.useFakeTimers();
    try {
      const readers = new Readers(visit);
      const texts = [readers.add("a"), readers.add("a")].map(textOf);
      vi.advanceTimersByTime(15_000);
      vi.advanceTimersByTime(15_000);
      readers.close("");
      const alone = new Readers(visit);
      texts.push(textOf(alone.add("a")));
      vi.advanceTimersByTime(15_000);
      vi.advanceTimersByTime(15_000);
      alone.close("");
      expect(await Promise.all(texts)).toEqual(Array.from({ length: 3 }, () => "a: \n\n: \n\n"));
    } finally {
      vi.useRealTimers();
    }
  });

  it("that falls too far behind is let go", async () => {
    const readers = new Readers(visit);
    const reader = readers.add("").getReader();
    readers.send("x".repeat(5 * 1024 * 1024));
    readers.send("y");
    expect([readers.size, inside]).toEqual([0, 0]);
    await expect(reader.read()).rejects.toThrow("too far behind");
  });
});
