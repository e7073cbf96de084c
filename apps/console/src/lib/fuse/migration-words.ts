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
  said.push(...channelWords(agent, to, legacyChannels));
  return said;
}

/** What the existing agent hears after a move, where that is not what it always heard. */
function channelWords(agent: FuseAgent, to: MigrationMode, channels: LegacyChannels): string[] {
  if (channels === "shared") {
    const left = agent.legacyChannels === "private" && !answersHere(to);
    return left ? ["The existing agent hears its tasks on the shared channels, like everyone."] : [];
  }
  const own = "on channels of its own, and what it answers there is passed on";
  switch (to) {
    case "legacy":
    case "shadow":
      return [`Every task is handed to the existing agent ${own}.`];
    case "canary":
      return [`The other tasks are handed to the existing agent ${own}.`];
    case "orrery":
      return ["The existing agent is handed no more tasks. It may go on running, ready to take over."];
  }
}

export interface Risk {
  title: string;
  hint: string;
}

/** Why the platform refuses a move unless one insists; undefined where it does not. */
export function riskOf(
  agent: Pick<FuseAgent, "legacyAlive" | "mode" | "legacyChannels">,
  { to, legacyChannels }: Pick<Move, "to" | "legacyChannels">,
): Risk | undefined {
  if (legacyChannels === "private" || !answersHere(to)) return undefined;
  if (to === agent.mode && agent.legacyChannels === "shared") return undefined;
  if (to === "canary") {
    return {
      title: "The existing agent reads who owns a task",
      hint: "On the shared channels it hears them all. If it does not look before it answers, both sides answer one share, or nobody the other.",
    };
  }
  if (agent.legacyAlive !== true) return undefined;
  return {
    title: "Take over although the existing agent is alive",
    hint: "Its heartbeat is there, and it hears the same tasks. If it does not look who owns them, both sides answer.",
  };
}

/** Who holds the lease, with its fencing token. */
export function leaseWords({ lease }: Pick<FuseAgent, "lease">): string {
  if (lease === null) return "not known";
  if (lease.owner === "none") return "nobody";
  return `${lease.owner === "orrery" ? "Orrery" : "Legacy"}, token ${lease.token}`;
}
