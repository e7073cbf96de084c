/** In which manner a server is asked for JSON, by what it made of it before. */
import { describe, expect, it } from "vitest";
import { answerOf, asking, limits } from "../../testing/asking.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { chatAnswer, recordingFetch } from "../../testing/recording-fetch.ts";
import { at } from "../../wire/json.ts";
import { chatProvider } from "./index.ts";

const refused =
  (message: string, status = 400) =>
  () =>
    Response.json({ error: { message } }, { status });
const badSchema = refused("Invalid schema for response_format 'n': 'nope' is not valid");
const noSchemas = refused("response_format of type json_schema is not supported");
const answered = () => chatAnswer("{}");

/** A server that answers in this order, and a provider that has asked it nothing so far. */
function lab(script: (() => Response)[]) {
  const upstream = recordingFetch(() => (script.shift() ?? answered)());
  const provider = chatProvider(
    { name: "lab", baseUrl: "http://lab/v1/", apiKey: undefined, keyVariable: "K" },
    { fetch: upstream.fetch, clock: new ManualClock(), limits },
  );
  return { provider, manners: () => upstream.sent.splice(0).map(({ body }) => mannerOf(body)) };
}

const request = asking("m", "x", { responseFormat: { name: "n", schema: { type: "object" } } });

/** Asks once for each list of answers, and says in which manners: a list for each question. */
async function mannersOf(...questions: (() => Response)[][]): Promise<string[][]> {
  const { provider, manners } = lab(questions.flat());
  const all: string[][] = [];
  for (const _ of questions) {
    // The gateway leaves at the end of an answer, before the stream has ended.
    for await (const event of provider.stream(request)) if (event.type === "finish") break;
    all.push(manners());
  }
  return all;
}

function mannerOf(body: unknown): string {
  const type = at(at(body, "response_format"), "type");
  return typeof type === "string" ? type : "words";
}

describe("JSON of a model", () => {
  it("is asked for more weakly from then on where a weaker manner was answered", async () => {
    expect(await mannersOf([noSchemas, answered], [answered])).toEqual([
      ["json_schema", "json_object"],
      ["json_object"],
    ]);
    const noObjects = refused("response_format is unavailable now");
    expect(await mannersOf([noSchemas, noObjects, answered], [answered])).toEqual([
      ["json_schema", "json_object", "words"],
      ["words"],
    ]);
  });

  it("is asked for more weakly only this time where the schema itself was refused", async () => {
    expect(await mannersOf([badSchema, answered], [answered])).toEqual([
      ["json_schema", "json_object"],
      ["json_schema"],
    ]);
  });

  it("is asked for more weakly only this time where a schema was taken before", async () => {
    expect(await mannersOf([answered], [noSchemas, answered], [answered])).toEqual([
      ["json_schema"],
      ["json_schema", "json_object"],
      ["json_schema"],
    ]);
  });

  it("is asked for as before where nothing was answered", async () => {
    const { provider, manners } = lab([noSchemas, refused("the weights are gone"), answered]);
    expect((await answerOf(provider, request)).error).toMatchObject({ retryable: false });
    expect((await answerOf(provider, request)).text).toBe("{}");
    expect(manners()).toEqual(["json_schema", "json_object", "json_schema"]);
  });
});
