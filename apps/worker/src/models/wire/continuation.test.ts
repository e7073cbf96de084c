import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProviderEvent } from "../contract.ts";
import { collect } from "../testing/steps.ts";
import { continued } from "./continuation.ts";

const finish: ProviderEvent = {
  type: "finish",
  reason: "stop",
  usage: { inputTokens: 1, outputTokens: 1 },
};

async function* streaming(...pieces: string[]): AsyncGenerator<ProviderEvent, void, undefined> {
  for (const text of pieces) yield { type: "text", text };
  yield finish;
}

async function restOf(prefill: string, ...pieces: string[]): Promise<string> {
  const events = await collect(continued(prefill, streaming(...pieces)));
  expect(events.at(-1)).toBe(finish);
  return events.map((event) => (event.type === "text" ? event.text : "")).join("");
}

/** `text` in pieces of one to seven characters. */
const piecesOf = (text: string, sizes: readonly number[]): string[] => {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
};

const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });

describe("continued", () => {
  it("hands on what is new at once", async () => {
    expect(await restOf("The planets are Mercury,", " Venus", " and Earth.")).toBe(" Venus and Earth.");
  });

  it("never repeats a beginning that the server sends again, however it is cut", async () => {
    const prefill = "The planets of the sun are Mercury,";
    await fc.assert(
      fc.asyncProperty(sizes, fc.string(), async (cuts, rest) => {
        expect(await restOf(prefill, ...piecesOf(prefill + rest, cuts))).toBe(rest);
      }),
    );
  });

  it("keeps an answer that merely starts like its beginning", async () => {
    const prefill = "again and again and again and again";
    expect(await restOf(prefill, "again and ", "again, ", "said the crow")).toBe(
      "again and again, said the crow",
    );
    expect(await restOf("ha", "ha", "ha")).toBe("haha");
    expect(await restOf(prefill, "again and")).toBe("again and");
  });

  it("sends the white space between the two parts once", async () => {
    expect(await restOf("A list:\n\n", "\n", "\n- one")).toBe("- one");
    expect(await restOf("A list:\n", "\n\n- one")).toBe("\n- one");
    expect(await restOf("word ", "next")).toBe("next");
    expect(await restOf("word", " next")).toBe(" next");
  });
});
