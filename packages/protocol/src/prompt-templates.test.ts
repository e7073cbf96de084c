import { describe, expect, it } from "vitest";
import { PromptTemplate, VariableName } from "./prompt-templates.ts";

describe("a prompt template", () => {
  it.each([
    "{{input}}",
    "{{ input }}",
    "In {{tone}} words: {{input}}",
    `{{${"v".repeat(64)}}} {{input}}`,
    "{{input}} and {{input}}",
    "{{{input}}}",
    'As {"a": {"b": 1}}: {{input}} }}',
    "{ {input} } {{_1}} {{input}}",
  ])("%j works", (template) => {
    expect(PromptTemplate.safeParse(template).success).toBe(true);
  });

  it.each([
    ["Say something nice.", /expected {{input}}/],
    ["{{question}}", /expected {{input}}/],
    ["{{input", /{{input is no variable/],
    ["{{input}} {{input.x}}", /{{input\.x}} is no variable/],
    ["{{input}} {{a-b}}", /{{a-b}} is no variable/],
    ["{{input}} {{}}", /is no variable/],
    ["{{input}} {{1st}}", /is no variable/],
    [`{{input}} {{${"v".repeat(70)}}}`, /70 characters: 64 are the most/],
  ])("%j is refused in words", (template, words) => {
    const refused = PromptTemplate.safeParse(template);
    expect(refused.error?.issues.map(({ message }) => message).join("; ")).toMatch(words);
  });

  it("names nothing that no execution can give", () => {
    expect(VariableName.safeParse("v".repeat(64)).success).toBe(true);
    expect(VariableName.safeParse("v".repeat(65)).success).toBe(false);
  });
});
