import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a redis-server: the one named in `REDIS_SERVER_PATH`, else the system's. Null where there is none. */
export function findRedisServer(): string | null {
  const named = process.env["REDIS_SERVER_PATH"];
  if (named) return existsSync(named) ? named : null;
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, "redis-server")).find((path) => existsSync(path)) ?? null;
}

/** Why what needs a Redis cannot run here; null where it can. */
export const redisMissing = (): string | null =>
  findRedisServer() === null
    ? "no redis-server was found; install one, or name it in REDIS_SERVER_PATH."
    : null;
