/** Answers that follow a schema, on each wire. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Upstream, wires } from "../testing/aimock.ts";
import { answerOf, asking, transportOf } from "../testing/asking.ts";
import { ManualClock } from "../testing/manual-clock.ts";

const upstream = new Upstream();
beforeAll(() => upstream.start());
afterAll(() => upstream.stop());
beforeEach(() => upstream.reset());

const closed = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "integer" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};
/** What constrained decoding cannot hold: a map. */
const open = { type: "object", additionalProperties: { type: "integer" } };

describe.each(wires)("$name", (wire) => {
  const ask = (schema: Record<string, unknown>) =>
    answerOf(
      upstream.provider(wire, transportOf(new ManualClock())),
      asking(wire.model, "extract", { responseFormat: { name: "weather", schema } }),
    );

  it("answers with an object, as text", async () => {
    upstream.mock.onMessage("extract", { content: { city: "Oslo", degrees: 4 } }, { chunkSize: 5 });
    const answered = await ask(closed);
    expect(answered.error).toBeUndefined();
    expect(JSON.parse(answered.text)).toEqual({ city: "Oslo", degrees: 4 });
    expect(answered.finish?.reason).toBe("stop");
    expect(answered.calls).toEqual([]);
  });

  it("does so with a schema that cannot be enforced", async () => {
    // Claude is made to call a tool then; the others answer as before.
    const forced = wire.provider === "anthropic";
    upstream.mock.onMessage(
      "extract",
      forced
        ? { toolCalls: [{ name: "weather", arguments: { Oslo: 4, Lima: 19 } }] }
        : { content: { Oslo: 4, Lima: 19 } },
      { chunkSize: 5 },
    );
    const answered = await ask(open);
    expect(answered.error).toBeUndefined();
    expect(JSON.parse(answered.text)).toEqual({ Oslo: 4, Lima: 19 });
    expect(answered.finish?.reason).toBe("stop");
    expect(answered.calls).toEqual([]);
  });
});

describe("an OpenAI-compatible server that refuses a schema", () => {
  it("is asked for JSON in words, and never again otherwise", async () => {
    const [, , , lab] = wires;
    if (lab === undefined) throw new Error("no such wire");
    upstream.mock.onMessage("extract", { content: { city: "Oslo" } });
    for (const refused of ["json_schema", "json_object"]) {
      upstream.mock.prependFixture({
        match: { responseFormat: refused },
        response: {
          error: {
            message: `response_format of type ${refused} is not supported`,
            type: "invalid_request_error",
          },
          status: 400,
        },
      });
    }
    const provider = upstream.provider(lab, transportOf(new ManualClock()));
    const request = asking(lab.model, "extract", { responseFormat: { name: "weather", schema: closed } });
    expect(await answerOf(provider, request)).toMatchObject({ error: undefined, text: '{"city":"Oslo"}' });
    expect(upstream.server.requests).toBe(3);
    const { body } = upstream.mock.getLastRequest() ?? {};
    expect(JSON.stringify(body)).toContain("follows this JSON Schema");
    expect(await answerOf(provider, request)).toMatchObject({ text: '{"city":"Oslo"}' });
    expect(upstream.server.requests).toBe(4);
  });
});
