/** Examples of what the API answers with, in the pages: each is one that the schemas take, and leaves nothing out. */
import { readFileSync } from "node:fs";
import { Agent, Execution, Message, Session } from "@orrery/protocol";
import { describe, expect, it } from "vitest";

const schemas = { Agent, Execution, Message, Session };

/** Fields that only some have; the page says which. */
const elsewhere: Partial<Record<keyof typeof schemas, string[]>> = { Execution: ["error", "unreadable"] };

const page = readFileSync("docs/http.md", "utf8");

/** The examples of the page by what they are of: blocks fenced as `json <schema>`. */
const examples = new Map(
  [...page.matchAll(/^```json (\w+)\n(.*?)^```$/gms)].map(
    ([, name, text]) => [name, JSON.parse(text ?? "")] as const,
  ),
);

describe("docs/http.md", () => {
  it("has an example of each, and of nothing that is not known here", () => {
    expect(new Set(examples.keys())).toEqual(new Set(Object.keys(schemas)));
  });

  it.each(Object.entries(schemas))("shows a whole %s, as it is answered", (name, schema) => {
    const example = examples.get(name) as Record<string, unknown>;
    expect(schema.parse(example)).toEqual(example);
    const absent = Object.keys(schema.shape).filter((field) => !Object.hasOwn(example, field));
    expect(absent).toEqual(elsewhere[name as keyof typeof schemas] ?? []);
  });
});
