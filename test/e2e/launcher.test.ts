/** Starting and stopping, as a user of `npm start` meets it. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { orrery } from "../platform/command.ts";
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

  it(requirement("open-unseen"), async () => {
    const state = newState();
    const commands = join(state, "..", `browser-${basename(state)}`);
    states.push(commands);
    mkdirSync(commands);
    const told = join(commands, "told");
    // In the place of the system's browser; it is gone before anyone looks.
    writeFileSync(join(commands, "xdg-open"), `#!/bin/sh\necho "$@" > '${told}'\n`, { mode: 0o755 });
    const platform = await startPlatform({
      state,
      flags: ["--open"],
      env: { PATH: `${commands}${delimiter}${process.env["PATH"] ?? ""}` },
    });
    await expect
      .poll(() => existsSync(told) && readFileSync(told, "utf8"), { timeout: 30_000 })
      .toMatch(/\n$/);
    const page = fileURLToPath(readFileSync(told, "utf8").trim());
    expect(readFileSync(told, "utf8")).not.toContain(platform.token);
    expect(readFileSync(page, "utf8")).toContain(`${platform.url}/#token=${platform.token}`);
    expect(statSync(page).mode & 0o077).toBe(0);
    await platform.stop();
    expect(existsSync(page)).toBe(false);
  });

  it(requirement("mistakes-told"), async () => {
    const secret = "s3cret-of-a-tool";
    const mistake = "HTTP_TOOLS is not valid: 0.description";
    const env = { HTTP_TOOLS: JSON.stringify([{ name: "x", headers: { authorization: secret } }]) };
    const platform = await startPlatform({ env });
    await expect.poll(() => platform.output(), { timeout: 30_000 }).toContain(`Mistake  ${mistake}`);
    const readiness = await fetch(`${platform.url}/readyz`);
    expect([readiness.status, await readiness.text()]).toEqual([503, expect.stringContaining(mistake)]);
    const doctor = await orrery(platform.state, "doctor");
    expect([doctor.code, doctor.output]).toEqual([1, expect.stringContaining(`✗ bindings   ${mistake}`)]);
    expect((await orrery(platform.state, "agents", "create", "Ada")).code).toBe(0);
    expect(platform.output() + doctor.output).not.toContain(secret);
    await platform.stop();
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
