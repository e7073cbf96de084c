import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Agent } from "@orrery/protocol";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { startWireServer, textAnswer, type WireServer } from "../../client/test/wire/wire-server.ts";
import { cli } from "./fake-terminal.ts";

/** Command lines on a platform in memory, from a folder of their own. */
export interface OnWire {
  readonly wire: WireServer;
  readonly folder: string;
  /** By which commands find the platform. */
  readonly env: Record<string, string>;
  orrery(argv: string[], options?: Parameters<typeof cli>[1]): ReturnType<typeof cli>;
  /** Runs a command that must succeed; its answer. */
  json<Value>(argv: string[]): Promise<Value>;
  makeAgent(name: string): Promise<Agent>;
}

/** Starts the platform before a file's tests and makes it forget after each. */
export function onWire(): OnWire {
  let wire: WireServer;
  let folder: string;
  beforeAll(async () => {
    wire = await startWireServer();
    folder = mkdtempSync(join(tmpdir(), "orrery-cli-"));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await wire.close();
  });
  afterEach(() => {
    wire.release();
    wire.answer((input) => textAnswer(`echo: ${input}`));
    wire.agents.clear();
  });
  const commands: OnWire = {
    get wire() {
      return wire;
    },
    get folder() {
      return folder;
    },
    get env() {
      return { ORRERY_URL: wire.url, ORRERY_TOKEN: wire.token };
    },
    orrery: (argv, options = {}) =>
      cli(argv, { cwd: folder, ...options, env: { ...commands.env, ...options.env } }),
    async json<Value>(argv: string[]) {
      const { code, out, err } = await commands.orrery([...argv, "--json"]);
      expect([code, err]).toEqual([0, ""]);
      return JSON.parse(out) as Value;
    },
    makeAgent: (name) => commands.json<Agent>(["agents", "create", name]),
  };
  return commands;
}
