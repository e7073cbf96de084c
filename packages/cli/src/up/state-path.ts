import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The directory of this machine's platform: the one asked for, else the one that `ORRERY_STATE` names,
 * else `.orrery` at the clone's root.
 */
export function localStatePath(
  asked: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const named = asked ?? environment["ORRERY_STATE"];
  if (named !== undefined && named !== "") return resolve(named);
  return join(fileURLToPath(new URL("../../../../", import.meta.url)), ".orrery");
}
