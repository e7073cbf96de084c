import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Running, Server } from "../servers.ts";
import type { Measure, Measured } from "./contract.ts";

const tokens = 50;
const megabyte = 1024 * 1024;
/** Milliseconds of rest; the runtime lets an idle object go after ten seconds. */
const restMs = 60_000;

/** Bytes that the files under a directory take on disk. */
export function diskBytes(directory: string): number {
  let sum = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += lstatSync(join(entry.parentPath, entry.name)).blocks * 512;
  }
  return sum;
}

/**
 * A fleet that grows: memory after one agent has spoken, new agents a second (each with its first turn),
 * memory with all of them at once and after a minute of rest, and disk an agent after a clean stop.
 */
export const fleet: Measure = {
  name: "fleet",
  async run(bench) {
    const size = bench.quick ? 200 : 1_000;
    const batch = size / 5;
    const found: Measured[] = [];
    const fleets = new Map<Server, { running: Running; emptyDisk: number; wallMs: number }>();
    for (const server of bench.servers) {
      const first = await bench.start(server, `fleet-${server}`);
      await bench.open(server, "fleet", { ...one, at: first });
      await first.stop();
      const emptyDisk = diskBytes(first.state);
      const running = await bench.start(server, `fleet-${server}`);
      await bench.open(server, "fleet", { ...one, at: running });
      found.push({ metric: "memory-empty", server, value: running.memory() / megabyte });
      fleets.set(server, { running, emptyDisk, wallMs: 0 });
    }
    for (let born = 0; born < size; born += batch) {
      for (const [server, own] of fleets) {
        const options = { ...one, agents: batch, concurrency: 16, at: own.running };
        own.wallMs += (await bench.open(server, "fleet", options)).wallMs;
      }
    }
    for (const [server, { running, wallMs }] of fleets) {
      found.push({ metric: "memory-spoken", server, value: running.memory() / megabyte });
      found.push({ metric: "agents-per-second", server, value: size / (wallMs / 1_000) });
    }
    bench.say(`resting for ${restMs / 1_000} s`);
    await pause(restMs);
    for (const [server, { running, emptyDisk }] of fleets) {
      found.push({ metric: "memory-rested", server, value: running.memory() / megabyte });
      await running.stop();
      const bytes = diskBytes(running.state) - emptyDisk;
      found.push({ metric: "disk-per-agent", server, value: bytes / 1024 / (size + 1) });
    }
    return found;
  },
};

const one = { tokens, agents: 1, concurrency: 1, firstTurn: true, leave: true } as const;
