/** What a trial does, chosen before it begins: tasks, faults and their moments. */

/** All durations are milliseconds. */
export type Fault =
  | { kind: "kill-platform" }
  | { kind: "pause-platform"; forMs: number }
  | { kind: "kill-redis"; downMs: number }
  | { kind: "pause-redis"; forMs: number }
  | { kind: "cut" };

export interface PlannedTask {
  id: string;
  /** Which of the agents it is for; a task that names none goes by its capability. */
  agent: number | null;
  form: "2.0.0" | "bare";
  priority: "LOW" | "MEDIUM" | "HIGH";
  atMs: number;
  /** Sent twice, as by a sender that does not know whether the first time succeeded. */
  twice: boolean;
}

export interface TrialPlan {
  /** In `streams` mode: all are to be answered. */
  streams: PlannedTask[];
  /** In `pubsub` mode: those that are accepted are to be answered. */
  pubsub: PlannedTask[];
  faults: { atMs: number; fault: Fault }[];
}

/** For so long tasks are sent, and faults begin. */
const spanMs = 800;
const perTrial = { streams: 25, pubsub: 5 };
/** Nothing that is paused for longer than this is told from what has died. */
const longestPauseMs = 10_000;

export function planOf(trial: number, agents: number, random: () => number): TrialPlan {
  const below = (limit: number): number => Math.floor(random() * limit);
  const task = (id: string): PlannedTask => {
    const form = random() < 0.5 ? "2.0.0" : "bare";
    return {
      id,
      agent: form === "2.0.0" && random() < 0.2 ? null : below(agents),
      form,
      priority: (["LOW", "MEDIUM", "HIGH"] as const)[below(3)] ?? "LOW",
      atMs: below(spanMs),
      twice: random() < 0.15,
    };
  };
  const tasks = (mode: keyof typeof perTrial): PlannedTask[] =>
    Array.from({ length: perTrial[mode] }, (_, index) => task(`${mode}-${trial}-${index}`)).toSorted(
      (a, b) => a.atMs - b.atMs,
    );
  // Mostly short, so that a trial is; now and then as long as one is held out.
  const pause = (): number => 50 + (random() < 0.04 ? below(longestPauseMs) : below(900));
  const fault = (): Fault => {
    const faults: Fault[] = [
      { kind: "kill-platform" },
      { kind: "pause-platform", forMs: pause() },
      { kind: "kill-redis", downMs: below(600) },
      { kind: "pause-redis", forMs: pause() },
      { kind: "cut" },
    ];
    return faults[below(faults.length)] ?? { kind: "cut" };
  };
  return {
    streams: tasks("streams"),
    pubsub: tasks("pubsub"),
    faults: Array.from({ length: random() < 0.3 ? 2 : 1 }, () => ({
      atMs: 20 + below(spanMs),
      fault: fault(),
    })).toSorted((a, b) => a.atMs - b.atMs),
  };
}

export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case "kill-platform":
      return "the platform killed";
    case "pause-platform":
      return `the platform paused for ${fault.forMs} ms`;
    case "kill-redis":
      return `Redis killed, down for ${fault.downMs} ms`;
    case "pause-redis":
      return `Redis paused for ${fault.forMs} ms`;
    case "cut":
      return "connections cut";
  }
}
