import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, onTestFinished } from "vitest";

const directory = mkdtempSync(join(tmpdir(), "runtime-guard-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** In workerd's place. */
const runtime = join(directory, "runtime.sh");
writeFileSync(runtime, "#!/bin/sh\necho started\nexec sleep 1000\n", { mode: 0o700 });
process.env["MINIFLARE_WORKERD_PATH"] = runtime;
const { guardRuntime } = await import("./runtime-guard.ts");

it("ends a runtime whose launcher ended before there was a watcher", async () => {
  const guard = guardRuntime(join(directory, "guarded"));
  onTestFinished(() => guard.release());
  const lifeline = join(directory, "without-writer");
  execFileSync("mkfifo", [lifeline]);
  const child = spawn(guard.command, [], {
    env: { ...process.env, ...guard.env, LOCAL_RUNTIME_LIFELINE: lifeline },
    stdio: "ignore",
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  expect(await new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)))).toBe("SIGKILL");
});

it("lets a runtime run while its launcher does, and ends it when that lets go", async () => {
  const guard = guardRuntime(join(directory, "guarded"));
  const child = spawn(guard.command, [], {
    env: { ...process.env, ...guard.env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  expect(child.signalCode).toBeNull();
  guard.release();
  expect(await ended).toBe("SIGKILL");
});
