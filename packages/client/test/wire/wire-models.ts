/** The wire server's models, asked directly, and what asking them comes to. */
import {
  CreateBudget,
  EmbedRequest,
  GenerateRequest,
  ImageRequest,
  RouteRequest,
  UpdateBudget,
  UsageQuery,
  WorkspacePolicy,
  newId,
  timestamp,
  uiMessageStreamHeader,
  type Budget,
  type GenerateChunk,
  type Model,
  type ModelCall,
  type RouteDecision,
  type UsageReport,
  type UsageTotals,
} from "@orrery/protocol";
import { found, parsed } from "./replies.ts";
import type { Request } from "./wire-routes.ts";
import { textAnswer } from "./wire-turns.ts";

/** What a workspace has laid down. */
export interface WireAccount {
  policy: WorkspacePolicy;
  budgets: Map<string, Budget>;
}

const now = (): string => timestamp(Date.now());

const model: Model = {
  id: "offline/extract",
  name: "Offline extracts",
  provider: "offline",
  kind: "text",
  aliases: ["auto"],
  contextTokens: null,
  maxOutputTokens: null,
  price: null,
  capabilities: { tools: true, vision: false, reasoning: false, json: false, prefill: false },
  dimensions: null,
  quality: 1,
  regions: ["local"],
  tasks: ["chat"],
  extractive: true,
  usable: true,
  reason: null,
  health: {
    calls: 0,
    errorRate: 0,
    firstTokenP50: null,
    firstTokenP95: null,
    latencyP50: null,
    latencyP95: null,
    breaker: "closed",
  },
};

const decision = (requested: string): RouteDecision => ({
  requested,
  chosen: model.id,
  why: requested.startsWith("auto") ? "routed" : "named",
  candidates: [{ model: model.id, score: 0 }],
  excluded: {},
  at: now(),
});

const call = (kind: ModelCall["kind"]): ModelCall => ({
  id: newId(),
  model: model.id,
  provider: model.provider,
  kind,
  outcome: "completed",
  inputTokens: 2,
  outputTokens: 3,
  costMicros: 0,
  startedAt: now(),
  latencyMs: 5,
});

function generate({ body, state, response, json }: Request): void {
  const request = parsed(GenerateRequest, body) as GenerateRequest;
  const asked = typeof request.input === "string" ? request.input : "parts";
  const text = `echo: ${asked}`;
  const route = decision(request.model);
  if (request.stream !== true) {
    const object = request.schema && { object: { echo: asked } };
    json(200, { text, ...object, model: model.id, extractive: true, route, calls: [call("text")] });
    return;
  }
  const usage = { inputTokens: 2, outputTokens: 3, costMicros: 0, cached: false };
  const chunks: GenerateChunk[] = [
    { type: "start", messageId: newId(), messageMetadata: { route } },
    ...(textAnswer(text) as GenerateChunk[]),
    {
      type: "finish",
      finishReason: "stop",
      messageMetadata: { model: model.id, extractive: true, usage, route, calls: [call("text")] },
    },
  ];
  const cut = state.turns.cuts.shift();
  response.writeHead(200, { "content-type": "text/event-stream", ...uiMessageStreamHeader });
  for (const chunk of chunks.slice(0, cut?.chunks)) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  // What is held is never ended by the server: whoever reads it leaves.
  if (cut !== undefined) response.write(": \n\n", () => response.destroy());
  else if (state.turns.heldAt === undefined) response.end("data: [DONE]\n\n");
}

/** Three agents, or one day or model. */
function lines({ by, limit, cursor = "0" }: UsageQuery, total: UsageTotals) {
  if (by !== "agent") {
    return { items: [{ key: by === "model" ? model.id : "2026-11-20", ...total }], nextCursor: null };
  }
  const start = Number(cursor);
  const keys = ["a", "b", "removed"].slice(start, start + limit);
  const end = start + keys.length;
  return { items: keys.map((key) => ({ key, ...total })), nextCursor: end < 3 ? String(end) : null };
}

function report(query: UsageQuery): UsageReport {
  const total = {
    calls: 2,
    failed: 0,
    cached: 1,
    inputTokens: 10,
    outputTokens: 20,
    images: 0,
    costMicros: 120,
    directMicros: 120,
    milliNeurons: 0,
  };
  return {
    by: query.by,
    from: query.from ?? "2026-10-22",
    to: query.to ?? "2026-11-20",
    ...lines(query, total),
    total,
    neurons: { usedMilli: 0, freeMilli: 10_000_000 },
  };
}

/** Each route by its method and path, ids left out. */
export const modelRoutes: Record<string, (request: Request) => void> = {
  "GET models": ({ json }) => json(200, { items: [model], nextCursor: null }),

  "POST models/:id": (request) => {
    const { id, body, json } = request;
    if (id === "generate") generate(request);
    else if (id === "route") json(200, decision((parsed(RouteRequest, body) as RouteRequest).model));
    else if (id === "embed") {
      const { values } = parsed(EmbedRequest, body);
      const embeddings = values.map((value) => [value.length, 0]);
      json(200, { model: model.id, dimensions: 2, embeddings, calls: [call("embedding")] });
    } else {
      parsed(ImageRequest, body);
      json(200, {
        id: newId(),
        model: model.id,
        mediaType: "image/png",
        size: 64,
        sha256: "0".repeat(64),
        url: "http://wire/files/1?signature=x",
        urlExpiresAt: now(),
        calls: [call("image")],
      });
    }
  },

  "GET models/:id": ({ state, id, json }) =>
    json(200, id === "policy" ? state.account.policy : { entries: 2, bytes: 900, hits: 5, misses: 2 }),

  "PUT models/:id": ({ state, body, json }) => {
    state.account.policy = parsed(WorkspacePolicy, body);
    json(200, state.account.policy);
  },

  "DELETE models/:id": ({ response }) => void response.writeHead(204).end(),

  "GET usage": ({ query, response, json }) => {
    const asked = parsed(UsageQuery, Object.fromEntries(query));
    if (asked.format !== "csv") json(200, report(asked));
    else response.writeHead(200, { "content-type": "text/csv" }).end(`${asked.by},calls\r\n2026-11-20,2\r\n`);
  },

  "GET budgets": ({ state, json }) =>
    json(200, { items: [...state.account.budgets.values()], nextCursor: null }),

  "POST budgets": ({ state, body, json }) => {
    const { targetId = null, ...terms } = parsed(CreateBudget, body) as CreateBudget;
    const budget = { id: newId(), targetId, ...terms, spentMicros: 0, heldMicros: 0, createdAt: now() };
    state.account.budgets.set(budget.id, budget);
    json(201, budget);
  },

  "GET budgets/:id": ({ state, id, json }) => json(200, found(state.account.budgets.get(id))),

  "PATCH budgets/:id": ({ state, id, body, json }) => {
    const budget = { ...found(state.account.budgets.get(id)), ...parsed(UpdateBudget, body) };
    state.account.budgets.set(id, budget);
    json(200, budget);
  },

  "DELETE budgets/:id": ({ state, id, response }) => {
    state.account.budgets.delete(found(state.account.budgets.get(id)).id);
    response.writeHead(204).end();
  },
};
