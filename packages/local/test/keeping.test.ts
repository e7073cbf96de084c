/** A runtime that one process starts and another keeps. */
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  eventually,
  filesBelow,
  get,
  isRunning,
  runFixture,
  temporaryDirectory,
  workerdPid,
} from "./running.ts";
import type { Running } from "./running.ts";

interface Note {
  text: string;
}

/** Once the process that launched it has ended. */
async function keepFixture(statePath: string): Promise<Running & { starter: number }> {
  const running = await runFixture(statePath, 0, "keep.ts");
  await eventually(running.shown, (text) => text.includes("kept, with the note drained\n"));
  const { starter } = JSON.parse(running.shown().split("\n")[0] ?? "") as { starter: number };
  return { ...running, starter };
}

/** Why it did not start. */
const refusal = (statePath: string, port = 0): Promise<string> =>
  runFixture(statePath, port, "keep.ts").then(
    () => "it started",
    (error: unknown) => String(error),
  );

const hello = async (url: string): Promise<number | undefined> =>
  (await fetch(`${url}/api/hello`).catch(() => null))?.status;

describe("a kept runtime", () => {
  it("serves when the process that started it has gone, and its lines are still written", async () => {
    const { url, starter, said } = await keepFixture(temporaryDirectory());
    expect(isRunning(starter)).toBe(false);
    expect(await hello(url)).toBe(200);
    expect(await get<Note[]>(url, "/api/notes?add=kept&wake=1")).toMatchObject([{ text: "kept" }]);
    await eventually(said, (text) => text.includes("info  woken by an alarm\n"));
  });

  it("has what Miniflare's workers report written, and outlives one who breaks off a report", async () => {
    const statePath = temporaryDirectory();
    const { url, said } = await keepFixture(statePath);
    const socket = connect(join(statePath, "runtime/reports"));
    socket.resume();
    socket.end("POST /core/error HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1");
    await new Promise((resolve) => socket.once("close", resolve));
    expect((await fetch(`${url}/api/enqueue`)).status).toBe(204);
    await eventually(said, (text) => /warn +Dropped message .* on queue "jobs"/.test(text));
    expect(await hello(url)).toBe(200);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("is drained and stopped in order on %s", async (signal) => {
    const statePath = temporaryDirectory();
    const first = await keepFixture(statePath);
    const workerd = workerdPid(statePath);
    if (first.process.pid === undefined) throw new Error("it has no pid");
    // Ctrl-C goes to the whole group, workerd included.
    process.kill(signal === "SIGINT" ? -first.process.pid : first.process.pid, signal);
    expect(await first.ended).toBe(0);
    expect(isRunning(workerd)).toBe(false);
    expect(filesBelow(statePath).filter((path) => /-(wal|shm)$|^runtime|instance/.test(path))).toEqual([]);
    const second = await keepFixture(statePath);
    expect(await get<Note[]>(second.url, "/api/notes")).toMatchObject([{ text: "drained" }]);
  });

  it("ends with its keeper, however that ends, and the state is free", async () => {
    const statePath = temporaryDirectory();
    const { process: keeper, ended } = await keepFixture(statePath);
    const workerd = workerdPid(statePath);
    keeper.kill("SIGKILL");
    await ended;
    await eventually(
      () => isRunning(workerd),
      (running) => !running,
    );
    expect(await hello((await keepFixture(statePath)).url)).toBe(200);
  });

  it("is started again on the same address when it crashes, as often as that is, and says so", async () => {
    const statePath = temporaryDirectory();
    const { url, process: keeper, ended, said } = await keepFixture(statePath);
    await get(url, "/api/notes?add=kept");
    for (const crash of [1, 2]) {
      const crashed = workerdPid(statePath);
      process.kill(crashed, "SIGKILL");
      await eventually(
        async () => (await hello(url)) === 200 && workerdPid(statePath) !== crashed,
        (again) => again,
      );
      expect(said()).toContain(`crash #${crash}`);
    }
    expect(await get<Note[]>(url, "/api/notes")).toMatchObject([{ text: "kept" }]);
    const workerd = workerdPid(statePath);
    keeper.kill("SIGKILL");
    await ended;
    await eventually(
      () => isRunning(workerd),
      (running) => !running,
    );
  });
});

describe("a kept runtime that hangs", () => {
  // Elsewhere nothing says how much a process has worked.
  it.runIf(process.platform === "linux")("is ended, started again, and says so", async () => {
    const statePath = temporaryDirectory();
    const { url, said } = await keepFixture(statePath);
    await get(url, "/api/notes?add=kept");
    const hung = workerdPid(statePath);
    const asked = fetch(`${url}/api/hang`).catch(() => null);
    await eventually(
      async () => workerdPid(statePath) !== hung && (await hello(url)) === 200,
      (again) => again,
    );
    expect(await asked).toBeNull();
    expect(said()).toContain("answered nobody");
    expect(said()).toContain("crash #1");
    expect(await get<Note[]>(url, "/api/notes")).toMatchObject([{ text: "kept" }]);
  });
});

describe("a start for a keeper", () => {
  it("that is refused ends both processes, in words and with its exit code", async () => {
    const statePath = temporaryDirectory();
    const { url, process: keeper } = await keepFixture(statePath);
    const held = await refusal(statePath);
    expect(held).toContain("it ended with 3");
    expect(held).toContain(`in use by process ${keeper.pid}, serving at ${url}`);

    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const taken = await refusal(temporaryDirectory(), (other.address() as AddressInfo).port);
    expect(taken).toContain("port_taken");

    const newer = temporaryDirectory();
    writeFileSync(join(newer, "version.json"), JSON.stringify({ layout: 1, state: 99 }));
    expect(await refusal(newer)).toContain("state_newer");
  });
});
