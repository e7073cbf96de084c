/** Rows as the API shows them. */
import { timestamp } from "@orrery/protocol";
import type { Execution, ExecutionSummary, Message, Session, ToolCall } from "@orrery/protocol";
import { sealedErrorText, unreadableText } from "./execution-columns.ts";
import type { ExecutionRow, SessionRow } from "./execution-store.ts";
import { inputText } from "./prompt.ts";
import { Transcript } from "./transcript.ts";
import type { Item } from "./transcript.ts";
import { callsOf, usageOf } from "./usage.ts";
import type { Recorded } from "./usage.ts";

const nothing: Recorded = { items: [] };

/** `live` is what is recorded of a turn under way, which the row does not hold yet. */
export function executionView(agentId: string, row: ExecutionRow, live?: Recorded): Execution {
  const recorded = row.outcome ?? live ?? nothing;
  const { items, asides = [] } = recorded;
  const output = Transcript.of(items, []).output();
  return {
    id: row.id,
    agentId,
    sessionId: row.sessionId,
    input: row.unreadable ? unreadableText : row.request.input,
    attachments: row.request.documents.map(({ name, mediaType, size }) => ({ name, mediaType, size })),
    ...((output || row.status === "completed") && !row.unreadable && { output }),
    status: row.status,
    edgeLocation: row.request.edgeLocation,
    ...timing(row),
    ...modelAndUsage(recorded),
    toolCalls: toolCalls(items),
    routes: asides.filter((aside) => aside.k === "route").map(({ decision }) => decision),
    modelCalls: callsOf(recorded),
    filtered: asides.filter((aside) => aside.k === "filtered").flatMap(({ findings }) => findings),
    ...(row.outcome?.error && { error: row.outcome.error }),
    ...(row.unreadable && { unreadable: true as const }),
    createdAt: timestamp(row.createdAt),
    ...(row.completedAt !== null && { completedAt: timestamp(row.completedAt) }),
  };
}

/** What lists and events say of an execution; of a `confidential` agent's, nothing that quotes what it was given. */
export function executionSummary(agentId: string, row: ExecutionRow, confidential = false): ExecutionSummary {
  const error = row.outcome?.error;
  return {
    id: row.id,
    agentId,
    sessionId: row.sessionId,
    status: row.status,
    edgeLocation: row.request.edgeLocation,
    ...timing(row),
    ...modelAndUsage(row.outcome ?? nothing),
    ...(error && { error: confidential ? { ...error, message: sealedErrorText } : error }),
    createdAt: timestamp(row.createdAt),
    ...(row.completedAt !== null && { completedAt: timestamp(row.completedAt) }),
    inputPreview: confidential ? "" : inputText(row.request.input).slice(0, 200),
  };
}

export function sessionView(agentId: string, row: SessionRow): Session {
  return {
    id: row.id,
    agentId,
    title: row.title,
    executions: row.executions,
    createdAt: timestamp(row.createdAt),
    updatedAt: timestamp(row.updatedAt),
  };
}

/** The two messages of a turn. */
export function messagesView(row: ExecutionRow, live?: Recorded): Message[] {
  const { documents } = row.request;
  const input = row.unreadable ? unreadableText : row.request.input;
  const recorded = row.outcome ?? live ?? nothing;
  const { items } = recorded;
  const end = items.findLast((item) => item.k === "end")?.end;
  return [
    {
      id: `${row.id}:input`,
      role: "user",
      metadata: { executionId: row.id, sessionId: row.sessionId, createdAt: timestamp(row.createdAt) },
      parts: [
        ...(typeof input === "string" ? [{ type: "text", text: input }] : input),
        ...documents.map(({ name, mediaType, size }) => ({
          type: "data-attachment",
          data: { name, mediaType, size },
        })),
      ],
    },
    {
      id: row.id,
      role: "assistant",
      metadata: {
        executionId: row.id,
        sessionId: row.sessionId,
        status: row.status,
        ...(row.outcome?.error && { error: row.outcome.error }),
        ...(row.unreadable && { unreadable: true }),
        ...(end && { model: end.model, extractive: end.extractive, usage: usageOf(recorded) }),
      },
      parts: messageParts(items),
    },
  ];
}

function messageParts(items: readonly Item[]): Message["parts"] {
  const results = new Map(items.filter((item) => item.k === "result").map((result) => [result.id, result]));
  return items.flatMap((item): Message["parts"] => {
    switch (item.k) {
      case "step":
        return [{ type: "step-start" }];
      case "text":
      case "reasoning":
        return [{ type: item.k, text: item.text, state: item.open ? "streaming" : "done" }];
      case "source":
        return [
          {
            type: "source-document",
            sourceId: item.source.id,
            mediaType: item.source.mediaType,
            title: item.source.title,
            filename: item.source.title,
            providerMetadata: { orrery: { start: item.source.start, end: item.source.end } },
          },
        ];
      case "call": {
        const result = results.get(item.id);
        const call = { type: `tool-${item.name}`, toolCallId: item.id, input: item.input };
        if (!result) return [{ ...call, state: "input-available" }];
        if (result.error !== undefined) return [{ ...call, state: "output-error", errorText: result.error }];
        return [{ ...call, state: "output-available", output: result.output }];
      }
      default:
        return [];
    }
  });
}

function toolCalls(items: readonly Item[]): ToolCall[] {
  const results = new Map(items.filter((item) => item.k === "result").map((result) => [result.id, result]));
  return items
    .filter((item) => item.k === "call")
    .map((call) => {
      const result = results.get(call.id);
      return {
        id: call.id,
        name: call.name,
        input: call.input,
        ...(result?.error === undefined ? result && { output: result.output } : { error: result.error }),
        startedAt: timestamp(result?.startedAt ?? call.at),
        ...(result && { endedAt: timestamp(result.endedAt) }),
      };
    });
}

function timing(row: ExecutionRow): Pick<Execution, "latencyMs" | "firstTokenMs"> {
  return {
    ...(row.completedAt !== null && { latencyMs: row.completedAt - row.createdAt }),
    ...(row.firstTokenAt !== null && { firstTokenMs: row.firstTokenAt - row.createdAt }),
  };
}

/** A turn that failed names the model that it asked last. */
function modelAndUsage(recorded: Recorded): Pick<Execution, "model" | "usage"> {
  const end = recorded.items.findLast((item) => item.k === "end")?.end;
  const model = end?.model ?? callsOf(recorded).at(-1)?.model;
  return model === undefined ? {} : { model, usage: usageOf(recorded) };
}
