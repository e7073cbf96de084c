import type { FuseAgent, FuseTaskStatus, MigrationMode } from "@orrery/client";
import { ago, dollars, duration } from "../output/units.ts";
import { oneLine } from "../output/text.ts";
import type { Session } from "../session.ts";

export const modes = ["legacy", "shadow", "canary", "orrery"] as const satisfies readonly MigrationMode[];

/** Who answers, in a word; with its share in canary. */
export const modeText = ({ mode, canaryPercent, migrating }: FuseAgent): string =>
  `${mode}${mode === "canary" ? ` ${canaryPercent}%` : ""}${migrating ? " (changing)" : ""}`;

export function paintMode({ mode, migrating }: FuseAgent, text: string, { style }: Session): string {
  if (migrating) return style.yellow(text);
  if (mode === "orrery") return style.green(text);
  return mode === "legacy" ? style.dim(text) : style.cyan(text);
}

export function paintTask(status: FuseTaskStatus, text: string, { style }: Session): string {
  if (status === "completed") return style.green(text);
  if (status === "failed") return style.red(text);
  return status === "queued" || status === "running" ? style.yellow(text) : style.dim(text);
}

/** Who holds the lease in Redis, with what token. */
export function leaseText({ lease }: FuseAgent): string | null {
  if (lease === null) return null;
  if (lease.owner === "none") return "nobody";
  const until = lease.expiresAt === null ? "" : `, until ${lease.expiresAt}`;
  return `${lease.owner}, token ${lease.token}${until}`;
}

/** One agent, as a card of the board would show it. */
export function fuseAgentView(agent: FuseAgent, session: Session): string {
  const { style } = session;
  const { state, tasks, shadow } = agent;
  const now = session.terminal.now();
  const head = `${style.bold(oneLine(agent.id))}  ${paintMode(agent, modeText(agent), session)}\n`;
  const conflicts = Object.entries(agent.conflicts).map(([field, policy]) => `${field}=${policy}`);
  const turnedOff = Object.entries(agent.flags).flatMap(([name, enabled]) => (enabled ? [] : [name]));
  const ran = tasks.completed + tasks.failed + tasks.cancelled;
  return (
    head +
    session.facts([
      ["answered by", answeredBy(agent)],
      ["activity", agent.activity === "running" ? null : style.yellow(agent.activity)],
      ["lease", leaseText(agent)],
      ["existing agent", aliveText(agent)],
      ["its channels", agent.legacyChannels],
      ["done by", agent.agentId],
      ["bridge", agent.bridgeId],
      ["status", state.status],
      ["state in Redis", agent.stateProblem && style.yellow(oneLine(agent.stateProblem))],
      ["capabilities", oneLine(state.capabilities.join(", ")) || "none"],
      ["tasks", `${tasks.queued} queued, ${tasks.running} running, ${ran} ended`],
      ["failed", tasks.failed || null],
      ["cancelled", tasks.cancelled || null],
      ["requests", state.metrics.requestsHandled],
      ["last active", state.metrics.lastActive && ago(state.metrics.lastActive, now)],
      ["shadow", shadow.compared === 0 ? null : shadowText(agent)],
      ["conflicts", oneLine(conflicts.join(", "))],
      ["turned off", oneLine(turnedOff.join(", "))],
      ["created", agent.createdAt],
    ])
  );
}

function answeredBy({ mode, canaryPercent }: FuseAgent): string {
  switch (mode) {
    case "legacy":
      return "the existing system";
    case "shadow":
      return "the existing system; Orrery does the same tasks unheard";
    case "canary":
      return `Orrery for ${canaryPercent} of 100 tasks, the existing system for the rest`;
    case "orrery":
      return "Orrery";
    default:
      return mode satisfies never;
  }
}

const aliveText = ({ legacyAlive }: FuseAgent): string | null =>
  legacyAlive === null ? null : legacyAlive ? "gives signs of life" : "gives no sign of life";

function shadowText({ shadow }: FuseAgent): string {
  const { compared, different, legacyMs, orreryMs, costMicros } = shadow;
  const spans = [legacyMs, orreryMs].map((span) => (span === null ? "–" : duration(span)));
  return `${different} of ${compared} results differ; ${spans.join(" there, ")} here; ${dollars(costMicros)}`;
}
