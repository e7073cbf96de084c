import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** What the page's entries quote in bold: messages, in which `…` stands for what differs, and codes. */
const quoted = [...readFileSync("docs/troubleshooting.md", "utf8").matchAll(/^\*\*(.+?)\*\*/gms)].flatMap(
  (entry) => [...(entry[1] ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""),
);

const sources = globSync("{apps,packages}/*/src/**/*.ts", { exclude: (path) => path.endsWith(".test.ts") })
  .map((path) => readFileSync(path, "utf8"))
  .join("\n");

describe("the troubleshooting guide", () => {
  it("finds the messages it has to check", () => {
    expect(quoted.length).toBeGreaterThan(10);
  });

  it.each(quoted)("quotes what the code says: %s", (message) => {
    const fragments = message
      .split("…")
      .map((fragment) => fragment.trim())
      .filter((fragment) => fragment.length > 1);
    expect(fragments.filter((fragment) => !sources.includes(fragment))).toEqual([]);
  });
});
