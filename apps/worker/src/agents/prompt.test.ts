import { describe, expect, it } from "vitest";
import { renderPrompt } from "./prompt.ts";

const tooLarge = expect.objectContaining({ code: "payload_too_large" }) as Error;

describe("a prompt", () => {
  it("is the template with what is given in its places, as it is", () => {
    expect(renderPrompt("In {{tone}}: {{ input }}!", "{{tone}} $& $1", { tone: "brief" })).toBe(
      "In brief: {{tone}} $& $1!",
    );
  });

  it("has a million characters at most, however often the template names what", () => {
    const input = "x".repeat(250_000);
    expect(renderPrompt("{{input}}".repeat(4), input)).toHaveLength(1_000_000);
    expect(() => renderPrompt(`{{input}}`.repeat(4) + "y", input)).toThrow(tooLarge);
    // Were it built to be measured, this one would have more characters than any text can.
    expect(() => renderPrompt("{{input}}".repeat(3_500), "x".repeat(400_000))).toThrow(tooLarge);
  });

  it("counts variables, too", () => {
    const names = Array.from({ length: 11 }, (_, index) => `v${index}`);
    const variables = Object.fromEntries(names.map((name) => [name, "x".repeat(100_000)]));
    const template = `{{input}} ${names.map((name) => `{{${name}}}`).join("")}`;
    expect(() => renderPrompt(template, "?", variables)).toThrow(tooLarge);
  });
});
