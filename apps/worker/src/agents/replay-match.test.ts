import { describe, expect, it } from "vitest";
import { ReplayMatch } from "./replay-match.ts";
import type { ReplayedEvent } from "./replay-match.ts";
import { Transcript } from "./transcript.ts";
import type { Operation } from "./transcript.ts";

type Recorded = ReplayedEvent;
const said = (text: string): Recorded => ({ type: "text", text });
const thought = (text: string): Recorded => ({ type: "reasoning", text });
const quoted = (id: string): Recorded => ({
  type: "source",
  source: { id, title: "a", mediaType: "text/plain", start: 0, end: 1 },
});

function interrupted(...operations: Operation[]): Transcript {
  const transcript = new Transcript();
  for (const operation of [["+", { k: "step" }] as Operation, ...operations]) transcript.apply(operation);
  return transcript;
}

const openText = (text: string): Operation[] => [
  ["+", { k: "text", text: "", open: true }],
  ["t", text],
];

/** The text that a second answer leaves behind, as a turn would record it. */
function replayed(transcript: Transcript, events: Recorded[]): { text: string; divergedAt: number | null } {
  const match = new ReplayMatch(transcript, transcript.lastStep() + 1);
  let matching = true;
  let divergedAt: number | null = null;
  let text = transcript.output();
  for (const event of events) {
    const taken = matching ? match.take(event) : { fresh: event };
    if ("divergedAt" in taken && taken.divergedAt !== undefined) {
      divergedAt = taken.divergedAt;
      transcript.apply(["x", taken.divergedAt]);
      text = transcript.output();
    }
    if (!taken.fresh) continue;
    matching = false;
    if (taken.fresh.type === "text") text += taken.fresh.text;
  }
  if (matching) divergedAt = match.divergedAt();
  return { text, divergedAt };
}

describe("an answer that is given again", () => {
  it("goes on where the first one was cut, however it is cut itself", () => {
    for (const pieces of [["Hello world"], ["He", "llo", " wor", "ld"], ["Hello", " world"]]) {
      expect(replayed(interrupted(...openText("Hello")), pieces.map(said))).toEqual({
        text: "Hello world",
        divergedAt: null,
      });
    }
  });

  it("restarts from the character in which it differs", () => {
    const transcript = interrupted(...openText("The answer is 41, so"));
    const { text, divergedAt } = replayed(transcript, [said("The answer "), said("is 42.")]);
    expect(text).toBe("The answer is 42.");
    // The step, the text's start, and fifteen characters.
    expect(divergedAt).toBe(1 + 1 + 1 + 15);
  });

  it("restarts where it ends before the first one did", () => {
    const { divergedAt } = replayed(interrupted(...openText("Hello world")), [said("Hello")]);
    expect(divergedAt).toBe(1 + 1 + 1 + 5);
  });

  it("matches what comes after a text too", () => {
    const transcript = interrupted(
      ...openText("One."),
      ["c"],
      ["+", { k: "source", source: { id: "s1", title: "a", mediaType: "text/plain", start: 0, end: 1 } }],
      ...openText("Two"),
    );
    expect(replayed(transcript, [said("One."), quoted("s1"), said("Two, three")]).divergedAt).toBeNull();
    const other = interrupted(
      ...openText("One."),
      ["c"],
      ["+", { k: "source", source: { id: "s1", title: "a", mediaType: "text/plain", start: 0, end: 1 } }],
    );
    expect(replayed(other, [said("One."), quoted("s2")]).divergedAt).toBe(1 + 1 + 6);
  });

  it("restarts at the beginning where it begins otherwise", () => {
    expect(replayed(interrupted(...openText("Hello")), [thought("Hm")]).divergedAt).toBe(2);
    expect(replayed(interrupted(...openText("Hello")), []).divergedAt).toBe(2);
  });

  it("has nothing to match where the step had said nothing", () => {
    expect(replayed(interrupted(), [said("Hello")])).toEqual({ text: "Hello", divergedAt: null });
  });
});

describe("reasoning that its provider signed", () => {
  const signed = (signature: string): Recorded => ({
    type: "reasoning",
    text: "",
    providerMetadata: { anthropic: { signature } },
  });
  const interruptedThought = (): Transcript =>
    interrupted(
      ["+", { k: "reasoning", text: "", open: true }],
      ["t", "Hm."],
      ["c", { anthropic: { signature: "s1" } }],
    );

  it("matches under the same signature, and restarts under another", () => {
    expect(replayed(interruptedThought(), [thought("Hm."), signed("s1"), said("Yes")]).divergedAt).toBeNull();
    expect(replayed(interruptedThought(), [thought("Hm."), signed("s2")]).divergedAt).toBe(2 + 1 + 3);
  });
});
