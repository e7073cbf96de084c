import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { fileLock, tryFileLock } from "./file-lock.ts";

function path(): string {
  const directory = mkdtempSync(join(tmpdir(), "file-lock-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, "lock");
}

describe("a file lock", () => {
  it("is one's own until it is let go", () => {
    const file = path();
    const lock = tryFileLock(file);
    expect(lock).not.toBeNull();
    expect(tryFileLock(file)).toBeNull();
    lock?.release();
    lock?.release();
    tryFileLock(file)?.release();
  });

  it("goes to who waits for it", async () => {
    const file = path();
    const first = await fileLock(file);
    const second = fileLock(file);
    first.release();
    using lock = await second;
    expect(lock).toBeDefined();
  });
});
