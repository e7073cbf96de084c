import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { upCommand } from "../../packages/cli/src/up/command.ts";

const variables = [
  ...readFileSync("apps/worker/src/env.d.ts", "utf8").matchAll(
    /^ {2}readonly ([A-Z][A-Z0-9_]*)\??: string;$/gm,
  ),
].map((match) => match[1] ?? "");

const flags = upCommand().options.map((option) => option.flags);

describe("the configuration guide", () => {
  const guide = readFileSync("docs/configuration.md", "utf8");

  it("finds the variables it has to explain", () => {
    expect(variables).toContain("SIGNING_KEY");
  });

  it.each(variables)("explains %s", (variable) => {
    expect(guide).toContain(`\`${variable}\``);
  });

  it.each(flags)("explains %s", (flag) => {
    expect(guide).toContain(`\`${flag}\``);
  });
});
