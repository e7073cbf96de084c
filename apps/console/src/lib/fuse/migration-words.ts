/** Migrations in words: what each mode is, and what happens on the way from one to another. */
import type { FuseAgent, LegacyChannels, MigrationMode } from "@orrery/protocol";
import { countOf } from "#lib/formatting/quantities.ts";

/** The columns of the board, on the way from there to here. */
export const modes: readonly MigrationMode[] = ["legacy", "shadow", "canary", "orrery"];

export const modeNames: Record<MigrationMode, string> = {
  legacy: "Legacy",
  shadow: "Shadow",
  canary: "Canary",
  orrery: "Orrery",
};

/** Who answers. */
export const modeHints: Record<MigrationMode, string> = {
  legacy: "The existing agent answers.",
  shadow: "Both work; only the existing agent is heard.",
  canary: "Each answers its share of the tasks.",
  orrery: "The agent here answers.",
};

export const channelsOptions: readonly { value: LegacyChannels; label: string; hint: string }[] = [
  { value: "shared", label: "On the shared channels", hint: "like everyone" },
  { value: "private", label: "On channels of its own", hint: "…:legacy:<id>" },
];

/** Tasks that were taken over and have not ended. */
export const unfinished = ({ tasks }: Pick<FuseAgent, "tasks">): number => tasks.queued + tasks.running;

/** Whether agents here answer in this mode, all of the tasks or a share. */
export const answersHere = (mode: MigrationMode): boolean => mode === "canary" || mode === "orrery";

export interface Move {
  to: MigrationMode;
  /** Of 100 tasks; counts in `canary` alone. */
  percent: number;
  legacyChannels: LegacyChannels;
}

/** What a move would do, for whoever is to confirm it: one thing a line. */
export function consequencesOf(agent: FuseAgent, { to, percent, legacyChannels }: Move): string[] {
  const open = unfinished(agent);
  const said: string[] = [];
  if (answersHere(agent.mode) && !answersHere(to)) {
    said.push("The existing agent answers for every task again, at once.");
    said.push(
      open > 0
        ? `${countOf(open, "unfinished task")} here ${open === 1 ? "is" : "are"} handed back to it.`
        : "There is nothing unfinished here to hand back.",
    );
  }
  switch (to) {
    case "legacy":
      if (!answersHere(agent.mode))
        said.push("The agent here does nothing any more. What was compared is kept.");
      break;
    case "shadow":
      said.push("The agent here does the same tasks and publishes nothing: nobody else notices.");
      said.push("Its calls to models are paid for. You see how results, times and costs differ.");
      break;
    case "canary":
      said.push(
        `Of 100 tasks, ${percent} are answered here. Which ones is decided once, as each comes, and never changes.`,
      );
      break;
    case "orrery":
      said.push("The agent here takes the lease and answers for every task that comes from now on.");
      break;
  }
  if (answersHere(to) && legacyChannels === "private") {
    said.push(
      to === "canary"
        ? "The other tasks are handed to the existing agent on its own channels, and its results are passed on."
        : "The existing agent gets no more tasks on its own channels. It may go on running, ready to take over.",
    );
  }
  if (answersHere(to) && legacyChannels === "shared") {
    said.push(
      to === "canary"
        ? "The existing agent hears every task on the shared channels: it has to look at its lease before it answers."
        : "The existing agent has to be stopped, or to look at its lease before it answers.",
    );
  }
  return said;
}

/** Whether a move is refused unless one insists: the existing agent is alive, and nobody stands between it and the tasks. */
export const needsForce = (
  agent: Pick<FuseAgent, "legacyAlive">,
  move: Pick<Move, "to" | "legacyChannels">,
): boolean => move.to === "orrery" && move.legacyChannels === "shared" && agent.legacyAlive === true;

/** Who holds the lease, with its fencing token. */
export function leaseWords({ lease }: Pick<FuseAgent, "lease">): string {
  if (lease === null) return "not known";
  if (lease.owner === "none") return "nobody";
  return `${lease.owner === "orrery" ? "Orrery" : "Legacy"}, token ${lease.token}`;
}
