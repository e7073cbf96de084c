import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { fileLock, tryFileLock } from "./file-lock.ts";

/** Takes the lock, says so, and keeps it. */
const hold = (file: string): string => `
  import { tryFileLock } from ${JSON.stringify(new URL("file-lock.ts", import.meta.url).href)};
  const lock = tryFileLock(${JSON.stringify(file)});
  process.stdout.write("held");
  setInterval(() => lock, 60_000);
`;

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

  it("waits for one who lets go of it soon", async () => {
    const file = path();
    const holder = spawn(process.execPath, ["--input-type=module", "--eval", hold(file)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(holder.stdout, "data");
    expect(tryFileLock(file)).toBeNull();
    // It ends while this process, which does nothing else meanwhile, waits.
    holder.kill("SIGKILL");
    const lock = tryFileLock(file, 60_000);
    expect(lock).not.toBeNull();
    lock?.release();
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
