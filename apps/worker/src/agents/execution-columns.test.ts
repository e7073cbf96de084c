import { describe, expect, it } from "vitest";
import { ExecutionColumns, sealedErrorText, unreadableText } from "./execution-columns.ts";
import type { ColumnSeal } from "./execution-columns.ts";
import type { TurnOutcome, TurnRequest } from "./execution-store.ts";

/** As SQLite gives back what was put into it. */
const stored = (column: string | Uint8Array): string | ArrayBuffer =>
  typeof column === "string" ? column : column.slice().buffer;

/** Turns letters so that nothing reads; only at the place it was turned for is it turned back. */
class Turned implements ColumnSeal {
  readonly active = true;
  lost = false;
  close(value: unknown, place: string): Uint8Array {
    return new TextEncoder().encode(JSON.stringify([place, value])).map((byte) => byte ^ 0xff);
  }
  open(sealed: Uint8Array, place: string): unknown {
    if (this.lost) return undefined;
    const [at, value] = JSON.parse(new TextDecoder().decode(sealed.map((byte) => byte ^ 0xff))) as unknown[];
    if (at !== place) throw new Error(`was sealed for ${String(at)}, not for ${place}`);
    return value;
  }
}

const request: TurnRequest = {
  input: "a secret",
  prompt: "Answer: a secret",
  documents: [{ id: "d", name: "secret.txt", mediaType: "text/plain", size: 8 }],
  edgeLocation: "ZRH",
  noCache: true,
};
const outcome: TurnOutcome = {
  items: [{ k: "step" }, { k: "text", text: "the secret answer" }],
  restarts: [3],
  asides: [{ k: "filtered", findings: [] }],
  error: { code: "upstream_failed", message: "the model said: secret", retryable: true },
};

describe("the columns of an agent that is not confidential", () => {
  const columns = new ExecutionColumns();

  it("hold JSON, as they always did", () => {
    expect(columns.request("e", request)).toBe(JSON.stringify({ ...request, prompt: ["Answer: ", ""] }));
    expect(columns.outcome("e", outcome)).toBe(JSON.stringify(outcome));
    expect(columns.operations("e", 0, [["t", "x"]])).toBe('[["t","x"]]');
    expect(columns.title("s", "A title")).toBe("A title");
    expect(columns.readRequest("e", columns.request("e", request)).value).toEqual(request);
    expect(columns.readOutcome("e", null)).toEqual({ value: null, unreadable: false });
  });
});

describe("a request on disk", () => {
  const columns = new ExecutionColumns();
  const written = (given: Partial<TurnRequest>): string =>
    String(columns.request("e", { ...request, ...given }));
  const readBack = (given: Partial<TurnRequest>): TurnRequest =>
    columns.readRequest("e", written(given)).value;

  it("holds an input once, whatever the template makes of it, and reads as it was", () => {
    const input = "Ü".repeat(1_000);
    for (const prompt of [input, `Answer: ${input}\nBriefly.`, `${input} ${input}`, "Nothing of it", ""]) {
      expect(readBack({ input, prompt })).toEqual({ ...request, input, prompt });
    }
    expect(written({ input, prompt: `Answer: ${input}` }).split("ÜÜÜÜ", 2)[1]).not.toContain("Answer");
    expect(written({ input, prompt: input }).length).toBeLessThan(1_200);
    const parts = [
      { type: "text" as const, text: "one" },
      { type: "text" as const, text: "two" },
    ];
    expect(readBack({ input: parts, prompt: "Say: one\n\ntwo" }).prompt).toBe("Say: one\n\ntwo");
  });

  it("of before its prompt was kept apart from the input reads as it was", () => {
    expect(columns.readRequest("e", JSON.stringify(request)).value).toEqual(request);
  });

  it("that no row can hold is refused before anything is written", () => {
    const refusal = expect.objectContaining({
      code: "payload_too_large",
      message: expect.stringMatching(
        /^The input and its prompt come to \d+ bytes; 1900000 can be kept/,
      ) as string,
    }) as Error;
    const long = "界".repeat(400_000);
    expect(written({ input: long, prompt: long }).length).toBeLessThan(410_000);
    expect(() => written({ input: long, prompt: "界".repeat(300_000) })).toThrow(refusal);
    const sealed = new ExecutionColumns(new Turned());
    expect(() => sealed.request("e", { ...request, input: long, prompt: "界".repeat(300_000) })).toThrow(
      refusal,
    );
  });
});

describe("the columns of a confidential agent", () => {
  const seal = new Turned();
  const columns = new ExecutionColumns(seal);
  const requestColumn = stored(columns.request("e", request));
  const outcomeColumn = stored(columns.outcome("e", outcome));
  const logColumn = stored(columns.operations("e", 4, [["t", "secret"]]));
  const titleColumn = stored(columns.title("s", "secret title"));
  const lettersOf = (column: string | ArrayBuffer): string =>
    typeof column === "string" ? column : new TextDecoder("latin1").decode(column);

  it("give back what was put into them, where it was put", () => {
    expect(columns.readRequest("e", requestColumn)).toEqual({ value: request, unreadable: false });
    expect(columns.readOutcome("e", outcomeColumn)).toEqual({ value: outcome, unreadable: false });
    expect(columns.readOperations("e", 4, logColumn)).toEqual([["t", "secret"]]);
    expect(columns.readTitle("s", titleColumn)).toBe("secret title");
    expect(() => columns.readRequest("other", requestColumn)).toThrow("not for executions/other/request");
    expect(() => columns.readOperations("e", 5, logColumn)).toThrow("not for executions/e/log/5");
  });

  it("say in the open where it was taken, what it cost and what kind of failure it was, and no word of it", () => {
    for (const column of [requestColumn, outcomeColumn, logColumn, titleColumn]) {
      expect(lettersOf(column)).not.toContain("secret");
    }
    expect(lettersOf(requestColumn)).toContain("ZRH");
    expect(lettersOf(outcomeColumn)).toContain("upstream_failed");
  });

  it("give their open part alone to whoever asks for an outline", () => {
    expect(columns.readRequest("e", requestColumn, true).value).toMatchObject({
      input: "",
      edgeLocation: "ZRH",
    });
    const { value, unreadable } = columns.readOutcome("e", outcomeColumn, true);
    expect(value).toEqual({ ...outcome, items: [], error: { ...outcome.error, message: sealedErrorText } });
    expect(unreadable).toBe(false);
  });

  it("give their open part and say so once the rest is lost", () => {
    seal.lost = true;
    expect(columns.readRequest("e", requestColumn)).toMatchObject({
      value: { edgeLocation: "ZRH", documents: [] },
      unreadable: true,
    });
    expect(columns.readOutcome("e", outcomeColumn)).toMatchObject({
      value: { items: [], asides: outcome.asides },
      unreadable: true,
    });
    expect(columns.readTitle("s", titleColumn)).toBe(unreadableText);
    expect(() => columns.readOperations("e", 4, logColumn)).toThrow(unreadableText);
    seal.lost = false;
  });

  it("can hold an outcome that has nothing to seal, which is read when all else is lost", () => {
    const bare: TurnOutcome = {
      items: [],
      restarts: [],
      error: { code: "not_found", message: "gone", retryable: false },
    };
    expect(columns.readOutcome("e", stored(columns.outcome("e", bare, true)))).toEqual({
      value: bare,
      unreadable: false,
    });
  });
});
