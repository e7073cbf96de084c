import type { Bridge, FuseAgent, OrreryClient } from "@orrery/client";
import { ApiError } from "@orrery/client";
import { findBridge } from "../bridge/index.ts";
import { Argument, Option } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { oneLine } from "../output/text.ts";

export interface WhichAgent {
  bridge?: string;
}

/** Made anew for each command: Commander keeps what an argument or option was given in it. */
export const agentArgument = (): Argument => new Argument("<agent>", "its name in the existing system");
export const bridgeOption = (): Option =>
  new Option("--bridge <bridge>", "the bridge it is behind, where more than one knows the name");

/**
 * The agent of this name, behind the bridge that was given or whichever knows it.
 * @throws CommandFailure there is none, or more than one
 */
export async function findFuseAgent(
  client: OrreryClient,
  id: string,
  { bridge }: WhichAgent,
): Promise<FuseAgent> {
  if (bridge !== undefined) return behind(client, await findBridge(client, bridge), id);
  const found: FuseAgent[] = [];
  for await (const agent of client.fuse.agents.listAll()) if (agent.id === id) found.push(agent);
  const [only] = found;
  if (only === undefined) throw nobody(id);
  if (found.length === 1) return only;
  const choices = found.map(({ bridgeId, mode }) => `  --bridge ${bridgeId}  ${mode}`);
  throw new CommandFailure([`${found.length} bridges have an agent ${oneLine(id)}:`, ...choices].join("\n"));
}

async function behind(client: OrreryClient, bridge: Bridge, id: string): Promise<FuseAgent> {
  try {
    return await client.fuse.agents.get(bridge.id, id);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) throw nobody(id);
    throw error;
  }
}

const nobody = (id: string): CommandFailure =>
  new CommandFailure(
    `There is no agent ${oneLine(id)} here. \`orrery fuse agents\` shows those there are.`,
    "not_found",
  );
