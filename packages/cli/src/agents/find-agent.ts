import type { Agent, OrreryClient } from "@orrery/client";
import { ApiError } from "@orrery/client";
import { CommandFailure } from "../failure.ts";
import { isId } from "../ids.ts";
import { oneLine } from "../output/text.ts";

/**
 * The agent with this id, or the only one with this name; case counts only where it must.
 * @throws CommandFailure there is none, or more than one
 */
export async function findAgent(client: OrreryClient, idOrName: string): Promise<Agent> {
  if (isId(idOrName)) {
    try {
      return await client.agents.get(idOrName);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) throw nobody(idOrName);
      throw error;
    }
  }
  const named: Agent[] = [];
  for await (const agent of client.agents.listAll({ q: idOrName })) {
    if (agent.name.toLowerCase() === idOrName.toLowerCase()) named.push(agent);
  }
  const exact = named.filter(({ name }) => name === idOrName);
  const found = exact.length > 0 ? exact : named;
  const [only] = found;
  if (only === undefined) throw nobody(idOrName);
  if (found.length === 1) return only;
  const choices = found
    .slice(0, 10)
    .map(({ id, model, createdAt }) => `  ${id}  ${model}  made ${createdAt}`);
  throw new CommandFailure(
    [`${found.length} agents are named ${oneLine(idOrName)}: give an id.`, ...choices].join("\n"),
  );
}

/**
 * The id of an agent that may be gone by now, for what is remembered of it; or of the only one with this name.
 * @throws CommandFailure there is none of this name, or more than one
 */
export const findAgentId = async (client: OrreryClient, idOrName: string): Promise<string> =>
  isId(idOrName) ? idOrName : (await findAgent(client, idOrName)).id;

const nobody = (idOrName: string): CommandFailure =>
  new CommandFailure(
    `There is no agent ${oneLine(idOrName)}. \`orrery agents list\` shows those there are.`,
    "not_found",
  );
