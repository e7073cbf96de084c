import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  eventually,
  filesBelow,
  get,
  isRunning,
  launchFixture,
  runFixture,
  temporaryDirectory,
  workerdPid,
} from "./running.ts";

const logs = (statePath: string): string[] =>
  filesBelow(statePath).filter((path) => /-(wal|shm)$/.test(path));

interface Note {
  at: number;
  text: string;
}

describe("after kill -9", () => {
  it("the runtime ends with the process that launched it", async () => {
    const statePath = temporaryDirectory();
    const { process: launcher, ended } = await runFixture(statePath);
    const workerd = workerdPid(statePath);
    expect(isRunning(workerd)).toBe(true);
    launcher.kill("SIGKILL");
    expect(await ended).toBe("SIGKILL");
    await eventually(
      () => isRunning(workerd),
      (running) => !running,
    );
  });

  it("the runtime ends with its process group", async () => {
    const statePath = temporaryDirectory();
    const { process: launcher, ended } = await runFixture(statePath);
    const workerd = workerdPid(statePath);
    if (launcher.pid === undefined) throw new Error("it has no pid");
    process.kill(-launcher.pid, "SIGKILL");
    await ended;
    await eventually(
      () => isRunning(workerd),
      (running) => !running,
    );
  });

  it("the runtime ends although the state was removed at that moment", async () => {
    const statePath = temporaryDirectory();
    const { process: launcher, ended } = await runFixture(statePath);
    const workerd = workerdPid(statePath);
    rmSync(statePath, { recursive: true });
    launcher.kill("SIGKILL");
    await ended;
    await eventually(
      () => isRunning(workerd),
      (running) => !running,
    );
  });

  it("what was written is there, and a due alarm fires although nobody asks for its object", async () => {
    const statePath = temporaryDirectory();
    const first = await runFixture(statePath);
    const [note] = await get<Note[]>(first.url, "/api/notes?add=written&wake=400");
    first.process.kill("SIGKILL");
    await first.ended;

    const second = await runFixture(statePath);
    // This asks another object: the one with the alarm is not touched.
    const { at } = await eventually(
      () => get<{ at: string | null }>(second.url, "/api/woken"),
      ({ at }) => at !== null,
    );
    expect(Number(at)).toBeGreaterThan(note?.at ?? Infinity);
    const notes = await get<Note[]>(second.url, "/api/notes");
    expect(notes.map(({ text }) => text)).toEqual(["written", "woken"]);
  });

  it("a runtime that was left behind all the same is ended by the next start", async () => {
    const statePath = temporaryDirectory();
    const mark = "0c8d1a0e-orphan";
    const orphan = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
      env: { LOCAL_RUNTIME_MARK: mark },
      stdio: "ignore",
    });
    onTestFinished(() => void orphan.kill("SIGKILL"));
    const ended = new Promise((resolve) => orphan.once("exit", (_, signal) => resolve(signal)));
    leaveNote(statePath, orphan.pid, mark);
    await launchFixture({ statePath });
    expect(await ended).toBe("SIGKILL");
  });

  it("a process that merely has the old runtime's pid is left alone", async () => {
    const statePath = temporaryDirectory();
    const bystander = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    onTestFinished(() => void bystander.kill("SIGKILL"));
    leaveNote(statePath, bystander.pid, "0c8d1a0e-gone");
    const launched = await launchFixture({ statePath });
    expect(await (await fetch(`${launched.url}/api/hello`)).text()).toBe("hello");
    expect(bystander.exitCode).toBeNull();
    expect(bystander.signalCode).toBeNull();
  });
});

/** As a start leaves it that was killed together with its watcher. */
function leaveNote(statePath: string, pid: number | undefined, mark: string): void {
  mkdirSync(join(statePath, "runtime"), { recursive: true });
  writeFileSync(join(statePath, "runtime/workerd.pid"), `${pid} ${mark}\n`);
}

describe("a stop", () => {
  it("leaves no process, no write-ahead log and no runtime files, and keeps the data", async () => {
    const statePath = temporaryDirectory();
    const { url, stop } = await launchFixture({ statePath });
    const workerd = workerdPid(statePath);
    await get(url, "/api/notes?add=kept");
    await fetch(`${url}/api/files`, { method: "PUT", body: "bytes" });
    expect(logs(statePath)).not.toEqual([]);

    await stop();
    expect(isRunning(workerd)).toBe(false);
    expect(logs(statePath)).toEqual([]);
    expect(existsSync(join(statePath, "runtime"))).toBe(false);
    expect(existsSync(join(statePath, "instance.json"))).toBe(false);

    const again = await launchFixture({ statePath });
    expect(await get<Note[]>(again.url, "/api/notes")).toMatchObject([{ text: "kept" }]);
    expect(await get(again.url, "/api/files")).toEqual({ file: "bytes", key: "value" });
  });

  it("asks the Worker to bring its work to a safe place first", async () => {
    const statePath = temporaryDirectory();
    const { stop } = await launchFixture({
      statePath,
      drain: async (miniflare) => {
        const answer = await miniflare.dispatchFetch("http://worker/api/notes?add=drained");
        await answer.text();
      },
    });
    await stop();
    await stop();
    const again = await launchFixture({ statePath });
    expect(await get<Note[]>(again.url, "/api/notes")).toMatchObject([{ text: "drained" }]);
  });

  it("goes on when that fails or takes too long, and says so", async () => {
    const launched = await launchFixture({
      statePath: temporaryDirectory(),
      drain: () => new Promise(() => undefined),
      drainTimeout: 10,
    });
    await launched.stop();
    expect(launched.log).toContainEqual({
      level: "warn",
      source: "runtime",
      message: "Draining failed: not done after 10 ms",
    });
  });

  it.each(["SIGINT", "SIGTERM"] as const)("follows %s, in order and with code 0", async (signal) => {
    const statePath = temporaryDirectory();
    const { url, process: launcher, ended } = await runFixture(statePath);
    const workerd = workerdPid(statePath);
    await get(url, "/api/notes?add=kept");
    launcher.kill(signal);
    expect(await ended).toBe(0);
    expect(isRunning(workerd)).toBe(false);
    expect(logs(statePath)).toEqual([]);
  });

  it("follows Ctrl-C, which the terminal sends to the runtime as well", async () => {
    const statePath = temporaryDirectory();
    const { url, process: launcher, ended, said } = await runFixture(statePath);
    await get(url, "/api/notes?add=kept");
    if (launcher.pid === undefined) throw new Error("it has no pid");
    process.kill(-launcher.pid, "SIGINT");
    expect(await ended).toBe(0);
    expect(said()).toBe("");
    expect(logs(statePath)).toEqual([]);
  });
});

describe("a runtime that crashes", () => {
  it("is started again on the same address, and still ends with its launcher", async () => {
    const statePath = temporaryDirectory();
    const { url, process: launcher, ended } = await runFixture(statePath);
    const crashed = workerdPid(statePath);
    process.kill(crashed, "SIGKILL");
    await eventually(
      async () => (await fetch(`${url}/api/hello`).catch(() => null))?.status,
      (status) => status === 200,
    );
    const restarted = workerdPid(statePath);
    expect(restarted).not.toBe(crashed);
    launcher.kill("SIGKILL");
    await ended;
    await eventually(
      () => isRunning(restarted),
      (running) => !running,
    );
  });
});

describe("where the tools for its guard are missing", () => {
  it("a Worker runs without, and stops in order all the same", async () => {
    const statePath = temporaryDirectory();
    const path = process.env["PATH"];
    process.env["PATH"] = "/nowhere";
    onTestFinished(() => {
      process.env["PATH"] = path;
    });
    const { url, stop } = await launchFixture({ statePath });
    expect(await (await fetch(`${url}/api/hello`)).text()).toBe("hello");
    await stop();
    expect(logs(statePath)).toEqual([]);
  });
});
