import type { Bridge, OrreryClient } from "@orrery/client";
import { ApiError } from "@orrery/client";
import { Argument } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { isId } from "../ids.ts";
import { oneLine } from "../output/text.ts";

/** Made anew for each command: Commander keeps what an argument was given in the argument. */
export const bridgeArgument = (): Argument =>
  new Argument("[bridge]", "its id or name; the only one there is where left out");

/**
 * The bridge with this id or name; without either, the only one there is.
 * @throws CommandFailure there is none, or more than one
 */
export async function findBridge(client: OrreryClient, idOrName: string | undefined): Promise<Bridge> {
  if (idOrName !== undefined && isId(idOrName)) {
    try {
      return await client.bridges.get(idOrName);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) throw nothing(idOrName);
      throw error;
    }
  }
  const all: Bridge[] = [];
  for await (const bridge of client.bridges.listAll()) all.push(bridge);
  const found = idOrName === undefined ? all : namedLike(all, idOrName);
  const [only] = found;
  if (only === undefined) throw nothing(idOrName);
  if (found.length === 1) return only;
  const choices = found.slice(0, 10).map(({ id, name }) => `  ${id}  ${oneLine(name)}`);
  const which =
    idOrName === undefined
      ? `There are ${found.length} bridges: say which.`
      : `${found.length} bridges are named ${oneLine(idOrName)}: give an id.`;
  throw new CommandFailure([which, ...choices].join("\n"));
}

/** Those of this name; case counts only where it must. */
function namedLike(all: readonly Bridge[], name: string): Bridge[] {
  const named = all.filter((bridge) => bridge.name.toLowerCase() === name.toLowerCase());
  const exact = named.filter((bridge) => bridge.name === name);
  return exact.length > 0 ? exact : named;
}

const nothing = (idOrName: string | undefined): CommandFailure =>
  new CommandFailure(
    idOrName === undefined
      ? "There are no bridges. Make one: orrery bridge create <name> --redis <url>"
      : `There is no bridge ${oneLine(idOrName)}. \`orrery bridge list\` shows those there are.`,
    "not_found",
  );
