/** The live events that an agent sends to its workspace. */
import { timestamp } from "@orrery/protocol";
import type { EventDraft } from "@orrery/protocol";
import { publisher } from "../channels/index.ts";
import type { EventPublisher } from "../channels/index.ts";
import type { AgentRecords } from "./agent-records.ts";
import type { ExecutionRow } from "./execution-store.ts";
import { executionSummary } from "./execution-view.ts";
import type { Item } from "./transcript.ts";

type Call = Extract<Item, { k: "call" }>;
type Result = Extract<Item, { k: "result" }>;

export class AgentEvents {
  readonly #fleets: Env["FLEETS"];
  readonly #records: AgentRecords;
  #publisher: EventPublisher | undefined;

  constructor(fleets: Env["FLEETS"], records: AgentRecords) {
    this.#fleets = fleets;
    this.#records = records;
  }

  /** Of an agent that is gone nothing is told but its id. */
  changed(type: "agent.created" | "agent.updated" | "agent.deleted"): void {
    this.#publish({ type, data: type === "agent.deleted" ? {} : { name: this.#records.settings.name } });
  }

  started({ id, sessionId }: ExecutionRow, resumed: boolean): void {
    this.#publish({ type: "execution.started", executionId: id, data: { sessionId, resumed } });
  }

  called({ id }: ExecutionRow, call: Call): void {
    this.#publish({ type: "tool.called", executionId: id, data: { toolCallId: call.id, name: call.name } });
  }

  returned({ id }: ExecutionRow, call: Call, { error, startedAt, endedAt }: Result): void {
    const data = {
      toolCallId: call.id,
      name: call.name,
      failed: error !== undefined,
      durationMs: endedAt - startedAt,
    };
    this.#publish({ type: "tool.returned", executionId: id, data });
  }

  ended(row: ExecutionRow): void {
    const { id: executionId, sessionId, status } = row;
    const { error, usage, latencyMs, model } = executionSummary(
      this.#records.settings.id,
      row,
      this.#records.settings.confidential,
    );
    this.#publish({
      type: `execution.${status === "completed" || status === "failed" ? status : "cancelled"}`,
      executionId,
      data: {
        sessionId,
        latencyMs,
        ...(model && { model }),
        ...(usage && { usage }),
        ...(error && { error }),
      },
    });
  }

  /** Resolves once everything said so far was delivered, or could not be. */
  async flush(): Promise<void> {
    await this.#publisher?.flush();
  }

  #publish(event: Omit<EventDraft, "at" | "agentId">): void {
    const { workspaceId, settings, ephemeral } = this.#records.known;
    if (ephemeral) return;
    this.#publisher ??= publisher(this.#fleets, workspaceId);
    this.#publisher.publish({ ...event, at: timestamp(Date.now()), agentId: settings.id });
  }
}
