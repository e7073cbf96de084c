import type { ServerResponse } from "node:http";
import {
  OrreryError,
  newExecutionId,
  newId,
  timestamp,
  type CreateExecution,
  type Execution,
  type Session,
  type TurnChunk,
} from "@orrery/protocol";
import type { WireEvents } from "./wire-events.ts";

/** Where one stream connection breaks. */
export interface Cut {
  /** Chunks after which the connection breaks. */
  chunks: number;
  /** Bytes of the next event that still get through. */
  bytes?: number;
}

interface Turn {
  execution: Execution;
  chunks: TurnChunk[];
  /** How many of them exist so far; a turn that is held grows when it is released. */
  available: number;
  /** Called when there are more, or the turn has ended. */
  changed: Set<() => void>;
}

/** The chunks of a plain answer, cut into words. */
export function textAnswer(text: string): TurnChunk[] {
  const words = text.match(/\S+\s*/g) ?? [];
  return [
    { type: "start-step" },
    { type: "text-start", id: "t0" },
    ...words.map((delta): TurnChunk => ({ type: "text-delta", id: "t0", delta })),
    { type: "text-end", id: "t0" },
    { type: "finish-step" },
  ];
}

const textOf = (input: CreateExecution["input"]): string =>
  typeof input === "string" ? input : input.map((part) => (part.type === "text" ? part.text : "")).join("");

/** The turns of the wire server's agents: scripted, and streamed as the platform streams. */
export class WireTurns {
  readonly executions = new Map<string, Execution>();
  readonly sessions = new Map<string, Session>();
  readonly cuts: Cut[] = [];
  /** What an input is answered with. */
  script: (input: string) => TurnChunk[] = (input) => textAnswer(`echo: ${input}`);
  /** Chunks after which new turns wait. */
  heldAt: number | undefined;
  readonly #turns = new Map<string, Turn>();
  readonly #events: WireEvents;

  constructor(events: WireEvents) {
    this.#events = events;
  }

  /** Lets turns that are held go on, up to so many chunks. */
  release(chunks = Number.POSITIVE_INFINITY): void {
    this.heldAt = undefined;
    for (const turn of this.#turns.values()) this.#grow(turn, Math.max(turn.available, chunks));
  }

  begin(agentId: string, order: CreateExecution): Execution {
    const id = newExecutionId(agentId);
    const now = timestamp(Date.now());
    const sessionId = this.#session(agentId, order, now);
    const execution: Execution = {
      id,
      agentId,
      sessionId,
      input: order.input,
      attachments: (order.attachments ?? []).map((attachment) => ({
        name: attachment.name,
        mediaType: attachment.mediaType,
        size: "data" in attachment ? Buffer.from(attachment.data, "base64").length : 0,
      })),
      status: "running",
      edgeLocation: "local",
      toolCalls: [],
      routes: [],
      modelCalls: [],
      filtered: [],
      createdAt: now,
    };
    const messageMetadata = { executionId: id, sessionId };
    const ending = { ...messageMetadata, model: "offline/extract", extractive: true };
    const turn: Turn = {
      execution,
      chunks: [
        { type: "start", messageId: `m-${id}`, messageMetadata },
        ...this.script(textOf(order.input)),
        { type: "finish", finishReason: "stop", messageMetadata: ending },
      ],
      available: 0,
      changed: new Set(),
    };
    this.#turns.set(id, turn);
    this.executions.set(id, execution);
    this.#tell("execution.started", execution);
    this.#grow(turn, this.heldAt ?? turn.chunks.length);
    return execution;
  }

  /** @throws OrreryError conflict where it has ended */
  cancel(id: string): Execution {
    const turn = this.#turn(id);
    if (turn.execution.status === "completed") {
      throw new OrreryError("conflict", "The execution has ended already.");
    }
    if (turn.execution.status === "running") {
      turn.chunks = [...turn.chunks.slice(0, turn.available), { type: "abort" }];
      turn.available = turn.chunks.length;
      this.#finish(turn, "cancelled");
      this.#grow(turn, turn.chunks.length);
    }
    return turn.execution;
  }

  finished(id: string): Promise<Execution> {
    const turn = this.#turn(id);
    return new Promise((resolve) => {
      const look = () => {
        if (turn.execution.status === "running") return;
        turn.changed.delete(look);
        resolve(turn.execution);
      };
      turn.changed.add(look);
      look();
    });
  }

  /** Streams what comes after an event id, to the end or to where the next cut breaks the line. */
  stream(id: string, after: string | undefined, response: ServerResponse): void {
    const turn = this.#turn(id);
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "x-vercel-ai-ui-message-stream": "v1",
    });
    response.write(": \n\n");
    let at = after === undefined ? 0 : Number(after.split(".")[1]);
    const cut = this.cuts.shift();
    const write = () => {
      for (; at < turn.available; at++) {
        const event = `id: 0.${at + 1}\ndata: ${JSON.stringify(turn.chunks[at])}\n\n`;
        if (cut !== undefined && cut.chunks-- <= 0) {
          turn.changed.delete(write);
          response.write(event.slice(0, cut.bytes ?? 0), () => response.destroy());
          return;
        }
        response.write(event);
      }
      if (at < turn.chunks.length) return;
      turn.changed.delete(write);
      response.end("data: [DONE]\n\n");
    };
    turn.changed.add(write);
    response.on("close", () => turn.changed.delete(write));
    write();
  }

  #turn(id: string): Turn {
    const turn = this.#turns.get(id);
    if (turn === undefined) throw new OrreryError("not_found", "There is no such execution.");
    return turn;
  }

  #session(agentId: string, order: CreateExecution, now: string): string {
    const id = order.sessionId ?? newId();
    const known = this.sessions.get(id);
    this.sessions.set(id, {
      id,
      agentId,
      title: known?.title ?? textOf(order.input).slice(0, 80),
      executions: (known?.executions ?? 0) + 1,
      createdAt: known?.createdAt ?? now,
      updatedAt: now,
    });
    return id;
  }

  #grow(turn: Turn, available: number): void {
    turn.available = Math.min(available, turn.chunks.length);
    if (turn.available === turn.chunks.length && turn.execution.status === "running") {
      this.#finish(turn, "completed");
    }
    for (const wake of turn.changed) wake();
  }

  #finish(turn: Turn, status: "completed" | "cancelled"): void {
    const said = turn.chunks.slice(0, turn.available);
    Object.assign(turn.execution, {
      status,
      output: said.map((chunk) => (chunk.type === "text-delta" ? chunk.delta : "")).join(""),
      model: "offline/extract",
      latencyMs: 12,
      completedAt: timestamp(Date.now()),
    });
    this.#tell(`execution.${status}`, turn.execution);
  }

  #tell(
    type: "execution.started" | "execution.completed" | "execution.cancelled",
    execution: Execution,
  ): void {
    const { id: executionId, agentId } = execution;
    this.#events.emit({ type, at: timestamp(Date.now()), agentId, executionId, data: {} });
  }
}
