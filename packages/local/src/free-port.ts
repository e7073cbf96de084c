import { createServer } from "node:net";
import { randomInt } from "node:crypto";
import { isSystemError } from "./errors.ts";

/**
 * Where systems do not take the ports of outgoing connections from: Linux takes them from 32768 on, others from 49152.
 * Source: https://docs.kernel.org/networking/ip-sysctl.html#ip-local-port-range
 */
const [first, end] = [20_000, 32_768] as const;

/**
 * A port that is free on 127.0.0.1, for a program that must know it before it listens. It stays free in between as far
 * as that can be: no connection that happens to be opened gets it.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(first, end);
    if (await isFree(port)) return port;
  }
  throw new Error(`a hundred ports from ${first} to ${end - 1} on 127.0.0.1 are in use`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: "127.0.0.1", port, exclusive: true }, resolve);
    });
  } catch (error) {
    if (isSystemError(error, "EADDRINUSE") || isSystemError(error, "EACCES")) return false;
    throw error;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}
