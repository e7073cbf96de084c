import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SseParser, readSse, type SseEvent } from "./sse.ts";

const parse = (...pieces: string[]): SseEvent[] => {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

const bodyOf = (pieces: Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });

describe("an event stream", () => {
  test("gives data, type and id", () => {
    expect(parse("event: tick\nid: 7\ndata: hello\n\n")).toEqual([{ id: "7", type: "tick", data: "hello" }]);
  });

  test("joins lines of data, keeps empty ones, and takes one space after the colon", () => {
    expect(parse("data: one\ndata:\ndata:  two\n\n")).toEqual([
      { id: "", type: "message", data: "one\n\n two" },
    ]);
  });

  test("keeps the last id for events that name none, and lets an empty one clear it", () => {
    const ids = parse("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n").map(({ id }) => id);
    expect(ids).toEqual(["1", "1", ""]);
  });

  test("takes an id that came without data, and ignores one with a null in it", () => {
    expect(parse("id: 4\n\nid: 5\0\ndata: a\n\n")).toEqual([{ id: "4", type: "message", data: "a" }]);
  });

  test("skips comments, unknown fields and events without data", () => {
    expect(parse(": hello\nretry: 10\nfoo: bar\nevent: none\n\ndata: a\n\n")).toEqual([
      { id: "", type: "message", data: "a" },
    ]);
  });

  test("ends lines at LF, CR and CRLF alike, also where a CRLF is cut in two", () => {
    for (const end of ["\n", "\r", "\r\n"]) {
      expect(parse(`data: a${end}data: b${end}${end}data: c${end}${end}`)).toHaveLength(2);
    }
    expect(parse("data: a\r", "\n", "\r", "\ndata: b\r\n\r\n").map(({ data }) => data)).toEqual(["a", "b"]);
  });

  test("never gives an event that broke off", () => {
    expect(parse("data: whole\n\nid: 9\ndata: half")).toEqual([{ id: "", type: "message", data: "whole" }]);
  });

  test("is the same however its bytes are cut", async () => {
    const field = fc.constantFrom(
      "data: ä€😀",
      "data:",
      "id: 12",
      "event: x",
      ": note",
      "data: plain",
      "",
      "\uFEFFdata: b",
    );
    const lines = fc.array(fc.tuple(field, fc.constantFrom("\n", "\r\n", "\r")), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(lines, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), async (rows, sizes) => {
        // A lone CR before a line that begins with LF would be another text once joined.
        const bytes = new TextEncoder().encode(rows.map(([text, end]) => text + end).join(""));
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length;) {
          const step = sizes.next();
          const size = step.done === true ? bytes.length : step.value;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        const whole = await Array.fromAsync(readSse(bodyOf([bytes])));
        expect(await Array.fromAsync(readSse(bodyOf(pieces)))).toEqual(whole);
      }),
    );
  });

  test("is let go when its reader leaves", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("data: a\n\n")),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const event of readSse(body)) {
      expect(event.data).toBe("a");
      break;
    }
    expect(cancelled).toBe(true);
  });
});
