import type { FuseAgent, MigrationResult } from "@orrery/protocol";
import { countOf } from "#lib/formatting/quantities.ts";
import { answersHere, modeNames } from "./migration-words.ts";

/** What became of a move: a title, and what was handed back where something could have been. */
export function movedWords(
  before: Pick<FuseAgent, "id" | "mode">,
  { agent, handedBack }: MigrationResult,
): [title: string, more: { description?: string }] {
  const title =
    before.mode === agent.mode && agent.mode === "canary"
      ? `${before.id} answers ${agent.canaryPercent}% of tasks`
      : `${before.id} moved to ${modeNames[agent.mode]}`;
  const back = answersHere(before.mode) && !answersHere(agent.mode);
  return [
    title,
    back || handedBack > 0 ? { description: `${countOf(handedBack, "task")} handed back.` } : {},
  ];
}
