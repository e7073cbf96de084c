/**
 * Whose program listens on a port of this machine. Any user may take a port that another one's program has left, and
 * what is sent there then is theirs to read.
 * Source: https://docs.kernel.org/networking/proc_net_tcp.html
 */
import { readFileSync } from "node:fs";

/** Of Linux's accounts, those below are the system's: only an administrator makes them, for services. */
const firstPerson = 1000;

const LISTEN = "0A";

/** What connects to 127.0.0.1 may come to: that address and any, in both families, as the kernel writes them. */
const reached = new Set([
  "0100007F",
  "00000000",
  "00000000000000000000000000000000",
  "0000000000000000FFFF00000100007F",
]);

/**
 * The user of a program that listens on a port of 127.0.0.1 and is neither this user's nor the system's; null where
 * there is none, or where that cannot be seen, as elsewhere than on Linux.
 */
export function strangerOn(
  port: number,
  tables: readonly string[] = readTables(),
  user: number | undefined = process.geteuid?.(),
): number | null {
  if (user === undefined) return null;
  for (const line of tables.flatMap((table) => table.split("\n").slice(1))) {
    const [, local = "", , state, , , , owner = ""] = line.trim().split(/\s+/);
    const [address = "", hexPort = ""] = local.split(":");
    if (state !== LISTEN || !reached.has(address) || Number.parseInt(hexPort, 16) !== port) continue;
    const uid = Number(owner);
    if (uid !== user && uid >= firstPerson) return uid;
  }
  return null;
}

function readTables(): string[] {
  if (process.platform !== "linux") return [];
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => {
    try {
      return [readFileSync(path, "utf8")];
    } catch {
      return []; // A kernel without that family, or a sandbox without that file.
    }
  });
}
