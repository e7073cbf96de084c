import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const git = (...args: string[]): number | null => spawnSync("git", args, { cwd: folder }).status;

/** A repository that ignores what this one does, however this one came here. */
let folder = tmpdir();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ignoring-"));
  cpSync(".gitignore", join(folder, ".gitignore"));
  git("init", "--quiet");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether Git would leave a file out, if it were there. */
const isIgnored = (path: string): boolean => git("check-ignore", "--quiet", path) === 0;

describe("files that guides tell people to put keys into", () => {
  it.each([".env", ".env.local", "apps/worker/.dev.vars", ".orrery/token"])(
    "are not committed: %s",
    (path) => {
      expect(isIgnored(path)).toBe(true);
    },
  );

  it("are not meant where they only show what there is to set", () => {
    expect(isIgnored(".env.example")).toBe(false);
  });
});
