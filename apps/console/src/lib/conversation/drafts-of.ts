import type { Agent } from "@orrery/protocol";
import { Attachments } from "./attachments.svelte.ts";
import { Drafts } from "./draft.svelte.ts";

const known = new Map<string, Drafts>();

/** An agent's drafts, for as long as the console is open. What a confidential agent is told lies nowhere readably. */
export function draftsOf({ id, confidential }: Pick<Agent, "id" | "confidential">): Drafts {
  let drafts = known.get(id);
  if (!drafts) {
    drafts = new Drafts(id, () => new Attachments(), confidential ? undefined : sessionStorage);
    known.set(id, drafts);
  }
  return drafts;
}
