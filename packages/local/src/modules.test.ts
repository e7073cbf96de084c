import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readModules } from "./modules.ts";

function bundle(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), "modules-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(join(path, name, ".."), { recursive: true });
    writeFileSync(join(path, name), contents);
  }
  return path;
}

describe("reading a bundle", () => {
  it("takes each file as its extension says, and leaves out what is no module", async () => {
    const directory = bundle({
      "worker.js": "export default {}",
      "worker.js.map": "{}",
      "README.md": "# Built",
      "text/note.txt": "hi",
      "abc-code.wasm": "wasm",
    });
    const { mainModule, modules } = await readModules({ directory });
    expect(mainModule).toBe("worker.js");
    expect(Object.entries(modules).map(([name, { type }]) => [name, type])).toEqual(
      expect.arrayContaining([
        ["worker.js", "esm"],
        ["text/note.txt", "text"],
        ["abc-code.wasm", "wasm"],
      ]),
    );
    expect(Object.keys(modules)).toHaveLength(3);
  });

  it("wants to know the main module of several", async () => {
    const directory = bundle({ "a.js": "", "b.js": "" });
    await expect(readModules({ directory })).rejects.toThrow("several scripts");
    expect((await readModules({ directory, main: "b.js" })).mainModule).toBe("b.js");
    await expect(readModules({ directory, main: "c.js" })).rejects.toThrow("holds no c.js");
  });

  it("says when it is not there", async () => {
    await expect(readModules({ directory: "/nowhere/at/all" })).rejects.toThrow("does not exist");
  });
});
