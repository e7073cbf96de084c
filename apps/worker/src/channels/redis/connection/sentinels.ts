import type { Redis } from "ioredis";

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Where the master of this name is, as the first sentinel says that knows it. `ask` makes a client that is not connected.
 * @throws Error where none of them says so
 */
export async function masterOf(
  sentinels: readonly HostAndPort[],
  master: string,
  ask: (sentinel: HostAndPort) => Redis,
): Promise<HostAndPort> {
  let last: unknown;
  for (const sentinel of sentinels) {
    const client = ask(sentinel);
    client.on("error", (error) => {
      last = error;
    });
    try {
      await client.connect();
      const found = await client.call("SENTINEL", "get-master-addr-by-name", master);
      const [host, port] = Array.isArray(found) ? found.map(String) : [];
      if (host !== undefined && port !== undefined) return { host, port: Number(port) };
    } catch (error) {
      last ??= error;
    } finally {
      client.disconnect();
    }
  }
  throw new Error("All sentinels are unreachable, or know no such master", { cause: last });
}
