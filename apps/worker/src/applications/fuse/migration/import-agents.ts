/** Agents of the existing system that are to have a counterpart here. */
import { CreateFuseAgent, type FuseAgent, type ImportResult, OrreryError } from "@orrery/protocol";
import type { z } from "zod";
import type { FoundAgent } from "./found-agents.ts";

/** Makes an agent and enrols it with its bridge. @throws OrreryError `conflict` where there is one of its name */
export type MakeAgent = (request: z.output<typeof CreateFuseAgent>) => Promise<FuseAgent>;

export interface ImportParts {
  readonly bridgeId: string;
  readonly model: string;
  readonly confidential: boolean;
  readonly dryRun: boolean;
  /** Whether the bridge has an agent of this name. */
  readonly exists: (id: string) => boolean;
  readonly make: MakeAgent;
}

type Item = ImportResult["items"][number];

/**
 * Makes those that are not here yet, in `legacy` mode: nothing changes for the existing ones. Done again, it makes what
 * is still missing. One that cannot be made does not keep the others from it, unless the request itself is wrong.
 * @throws OrreryError `invalid_request` for a model that there is not
 */
export async function importAgents(found: readonly FoundAgent[], parts: ImportParts): Promise<Item[]> {
  const items: Item[] = [];
  for (const agent of found) items.push(await importOne(agent, parts));
  return items;
}

async function importOne({ id, capabilities, problem }: FoundAgent, parts: ImportParts): Promise<Item> {
  const item = { id, capabilities: [...capabilities] };
  if (problem !== undefined) return { ...item, outcome: "failed", detail: problem };
  if (parts.exists(id)) return { ...item, outcome: "existing" };
  if (parts.dryRun) return { ...item, outcome: "would-create" };
  const { bridgeId, model, confidential, make } = parts;
  try {
    const { capabilities: able } = item;
    await make(CreateFuseAgent.parse({ id, bridgeId, model, confidential, capabilities: able }));
    return { ...item, outcome: "created" };
  } catch (error) {
    if (!(error instanceof OrreryError) || error.code === "invalid_request") throw error;
    // Somebody else made it meanwhile.
    if (error.code === "conflict") return { ...item, outcome: "existing" };
    return { ...item, outcome: "failed", detail: error.message };
  }
}
