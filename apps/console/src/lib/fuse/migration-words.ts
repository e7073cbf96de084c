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
  shadow: "Both work; only the existing agent's answers count.",
  canary: "Each answers its share of the tasks.",
  orrery: "The Orrery agent answers.",
};

export const channelsOptions: readonly { value: LegacyChannels; label: string; hint: string }[] = [
  { value: "shared", label: "The shared channels", hint: "like everyone" },
  { value: "private", label: "Its own channels", hint: "…:legacy:<id>" },
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
    said.push("The existing agent answers every task again, at once.");
    said.push(
      open > 0
        ? `${countOf(open, "unfinished task")} here ${open === 1 ? "is" : "are"} handed back to it.`
        : "There are no unfinished tasks to hand back.",
    );
  }
  switch (to) {
    case "legacy":
      if (!answersHere(agent.mode)) said.push("The Orrery agent stops working. Comparisons are kept.");
      break;
    case "shadow":
      said.push("The Orrery agent does the same tasks but publishes nothing: no one else notices.");
      said.push("Its model calls cost money. You see how results, times and costs differ.");
      break;
    case "canary":
      said.push(
        `${percent}% of tasks are answered here. Each task is assigned once, as it arrives, and never reassigned.`,
      );
      break;
    case "orrery":
      said.push("The Orrery agent takes the lease and answers every task from now on.");
      break;
  }
  said.push(...channelWords(agent, to, legacyChannels));
  return said;
}

/** What the existing agent hears after a move, where that is not what it always heard. */
function channelWords(agent: FuseAgent, to: MigrationMode, channels: LegacyChannels): string[] {
  if (channels === "shared") {
    const left = agent.legacyChannels === "private" && !answersHere(to);
    return left ? ["The existing agent gets its tasks on the shared channels, like everyone."] : [];
  }
  const own = "on its own channels, and its answers there are passed on";
  switch (to) {
    case "legacy":
    case "shadow":
      return [`Every task is handed to the existing agent ${own}.`];
    case "canary":
      return [`The other tasks are handed to the existing agent ${own}.`];
    case "orrery":
      return ["The existing agent gets no more tasks. It can keep running, ready to take over."];
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
      title: "The existing agent checks who owns a task",
      hint: "On the shared channels it sees all tasks. If it does not check before it answers, some tasks are answered twice, or not at all.",
    };
  }
  if (agent.legacyAlive !== true) return undefined;
  return {
    title: "Take over even though the existing agent is alive",
    hint: "It sends heartbeats and sees the same tasks. If it does not check who owns them, both sides answer.",
  };
}

/** Who holds the lease, with its fencing token. */
export function leaseWords({ lease }: Pick<FuseAgent, "lease">): string {
  if (lease === null) return "unknown";
  if (lease.owner === "none") return "none";
  return `${lease.owner === "orrery" ? "Orrery" : "Legacy"}, token ${lease.token}`;
}
