import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

/** Whether Git would leave a file out, if it were there. */
const isIgnored = (path: string): boolean =>
  spawnSync("git", ["check-ignore", "--quiet", "--no-index", path]).status === 0;

describe("files that guides tell people to put keys into", () => {
  it.each([".env", ".env.local", "apps/worker/.dev.vars", ".orrery/token"])("are not committed: %s", (path) => {
    expect(isIgnored(path)).toBe(true);
  });

  it("are not meant where they only show what there is to set", () => {
    expect(isIgnored(".env.example")).toBe(false);
  });
});
