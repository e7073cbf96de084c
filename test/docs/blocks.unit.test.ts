import { describe, expect, it } from "vitest";
import { blocksOf } from "./blocks.ts";

const page = (...lines: string[]): string => lines.join("\n");

describe("finding commands in a page", () => {
  it("takes the blocks marked sh, with their place, and no others", () => {
    const markdown = page(
      "# A",
      "```sh",
      "npm start",
      "```",
      "```ts",
      "start();",
      "```",
      "  ```sh",
      "  a",
      "    b",
      "  ```",
    );
    expect(blocksOf("a.md", markdown)).toEqual([
      { document: "a.md", line: 2, language: "sh", script: "npm start\n", unrun: null },
      { document: "a.md", line: 8, language: "sh", script: "a\n  b\n", unrun: null },
    ]);
  });

  it("takes programs that are marked to be run", () => {
    expect(blocksOf("a.md", page("```ts run", "start();", "```"))).toMatchObject([
      { language: "ts", script: "start();\n" },
    ]);
  });

  it("takes a block inside another one for text", () => {
    expect(blocksOf("a.md", page("````md", "```sh", "rm x", "```", "````"))).toEqual([]);
  });

  it("keeps the reason why a block is not run, and insists on one", () => {
    expect(blocksOf("a.md", page("```sh no-run needs an account", "x", "```"))[0]?.unrun).toBe(
      "needs an account",
    );
    expect(() => blocksOf("a.md", page("```sh no-run", "x", "```"))).toThrow("a.md:1: no-run needs a reason");
  });

  it("refuses a page with an open end", () => {
    expect(() => blocksOf("a.md", page("```sh", "npm start"))).toThrow("not closed");
  });
});
