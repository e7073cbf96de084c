import type { Agent } from "@orrery/client";
import { ago } from "../output/units.ts";
import { oneLine, printable } from "../output/text.ts";
import type { Session } from "../session.ts";

/** An agent with all its settings. */
export function agentView(agent: Agent, session: Session): string {
  const { style } = session;
  const labels = Object.entries(agent.labels).map(([name, value]) => `${name}=${value}`);
  const head = `${style.bold(oneLine(agent.name))}  ${paintStatus(agent.status, session)}\n`;
  const body = session.facts([
    ["id", agent.id],
    ["application", agent.application],
    ["model", oneLine(agent.model)],
    ["temperature", agent.temperature],
    ["max tokens", agent.maxTokens],
    ["tools", agent.tools.join(", ") || "none"],
    ["locations", agent.edgeLocations.join(", ")],
    ["capabilities", oneLine(agent.capabilities.join(", "))],
    ["labels", oneLine(labels.join(", "))],
    ["confidential", agent.confidential ? "yes: what it is given and says is sealed" : null],
    ["template", oneLine(agent.promptTemplate)],
    ["requests", agent.metrics.requestsHandled],
    ["last active", agent.metrics.lastActive && ago(agent.metrics.lastActive, session.terminal.now())],
    ["created", agent.createdAt],
    ["updated", agent.updatedAt],
  ]);
  const system =
    agent.systemPrompt === undefined
      ? ""
      : `${style.dim("system prompt")}\n${printable(agent.systemPrompt)}\n`;
  return head + body + system;
}

export const paintStatus = (status: Agent["status"], { style }: Session): string =>
  status === "active" ? style.green(status) : style.yellow(status);
