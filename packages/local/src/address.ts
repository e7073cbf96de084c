import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { LaunchError, isSystemError } from "./errors.ts";

/**
 * Makes sure that `host:port` can be listened on, so that a taken port or a foreign address is known in a millisecond
 * and not after the runtime has started.
 * @throws LaunchError `port_taken`, `address_unusable`
 */
export async function checkAddress(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // Not exclusive on its own: another process may take the port until the runtime does.
      server.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (cause) {
    throw addressError(host, port, cause);
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}

function addressError(host: string, port: number, cause: unknown): LaunchError {
  if (isSystemError(cause, "EADDRINUSE")) return portTaken(host, port, cause);
  const known = Object.entries(reasons).find(([code]) => isSystemError(cause, code));
  const why = known?.[1] ?? (cause instanceof Error ? cause.message : String(cause));
  return new LaunchError("address_unusable", `Cannot listen on ${host}:${port}: ${why}.`, { cause });
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "there is no host of this name",
};

export const portTaken = (host: string, port: number, cause: unknown): LaunchError =>
  new LaunchError("port_taken", `Port ${port} on ${host} is already in use by another program.`, { cause });

/** The address to open on this machine for a server on `host`. */
export function localUrl(host: string, port: number | string): string {
  const everywhere: Record<string, string> = { "0.0.0.0": "127.0.0.1", "::": "[::1]", "*": "127.0.0.1" };
  const name = everywhere[host] ?? (host.includes(":") ? `[${host}]` : host);
  return `http://${name}:${port}`;
}

/** Addresses under which others on the network reach a server on `host`; none for a loopback host. */
export function networkUrls(host: string, port: number | string): string[] {
  if (host !== "0.0.0.0" && host !== "::" && host !== "*") return [];
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => `http://${address}:${port}`);
}
