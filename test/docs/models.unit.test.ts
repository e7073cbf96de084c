import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { shipped } from "../../apps/worker/src/models/catalog/shipped.ts";

const known = new Set(shipped.map(({ provider, model }) => `${provider}/${model}`));

const pages = ["README.md", ...globSync("packages/cli/src/**/*.ts")];

/** Models of providers that a page names; `openai/…` stands for any. */
const namedIn = (page: string): string[] =>
  [...readFileSync(page, "utf8").matchAll(/\b(?:openai|anthropic|google)\/[a-z][\w.-]*\w/g)].map(
    ([id]) => id,
  );

describe("models that people are told to use", () => {
  it("are looked for where there are some", () => {
    expect(pages.flatMap(namedIn).length).toBeGreaterThan(3);
  });

  it("are in the catalog that is shipped", () => {
    expect(
      pages
        .flatMap((page) => namedIn(page).map((id) => `${page}: ${id}`))
        .filter((named) => !known.has(named.split(": ")[1] ?? "")),
    ).toEqual([]);
  });
});
