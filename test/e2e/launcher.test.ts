/** Starting and stopping, as a user of `npm start` meets it. */
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startPlatform, stateFolder } from "../platform/platform.ts";
import { requirement } from "./requirements.ts";

const states: string[] = [];
const newState = (): string => {
  const state = stateFolder();
  states.push(state);
  return state;
};

afterAll(() => {
  for (const state of states) rmSync(state, { recursive: true, force: true });
});

/** What a start that is refused says. */
async function refusal(options: Parameters<typeof startPlatform>[0]): Promise<string> {
  const started = await startPlatform(options).catch((error: unknown) => (error as Error).message);
  if (typeof started === "string") return started;
  await started.stop();
  throw new Error("it started");
}

describe("starting", () => {
  it(requirement("second-start"), async () => {
    const state = newState();
    const first = await startPlatform({ state });
    expect(await first.stop()).toBe(0);
    const second = await startPlatform({ state });
    // What it says of itself, since a test does not measure. It says it once it serves.
    await expect.poll(() => second.output(), { timeout: 30_000 }).toContain(second.url);
    expect(second.output()).not.toMatch(/building/i);
    await second.stop("SIGINT");
  });

  it(requirement("one-owner"), async () => {
    const state = newState();
    const first = await startPlatform({ state });
    const words = await refusal({ state });
    expect(words).toContain(String(first.pid));
    expect(words).toContain(first.url);
    expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
    await first.kill();
    const next = await startPlatform({ state });
    expect(await next.stop()).toBe(0);
  });

  it(requirement("port-taken"), async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const words = await refusal({ state: newState(), port });
    other.close();
    expect(words).toContain(String(port));
    expect(words).toContain("--port");
    expect(words).not.toMatch(/\bat \S+\.[jt]s:\d+/);
  });

  it(requirement("newer-state"), async () => {
    const state = newState();
    await (await startPlatform({ state })).stop();
    const path = join(state, "version.json");
    const version = JSON.parse(readFileSync(path, "utf8")) as Record<string, number>;
    const newer = JSON.stringify({ ...version, state: (version["state"] ?? 0) + 1 });
    writeFileSync(path, newer);
    const kept = (): string[] =>
      readdirSync(state, { recursive: true, encoding: "utf8" })
        .filter((name) => !/lock|runtime/.test(name))
        .toSorted((a, b) => a.localeCompare(b));
    const before = kept();
    expect(await refusal({ state })).toMatch(/newer/i);
    expect(readFileSync(path, "utf8")).toBe(newer);
    expect(kept()).toEqual(before);
  });
});
