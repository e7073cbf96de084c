/**
 * A turn's stream on its way from the agent's object to the worker. It goes by `fetch`, where all else goes by RPC: the
 * body passes through as it is, which costs less (decision 0038). Sockets apart, nothing else is fetched from an
 * agent's object.
 */
import type { StreamAcceptance } from "./agent-core.ts";
import { untilLetIn } from "./agent-access.ts";
import type { TurnOrder } from "./turn-order.ts";
import { valueOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

interface Ordered {
  workspaceId: string;
  order: TurnOrder;
}

/** The runtime wants an address; who is asked is decided by the object's id. */
const address = "https://agent/turns";

const headers = { execution: "x-orrery-execution", replayed: "x-orrery-replayed" } as const;

/**
 * Has an agent accept a turn; answers with its stream.
 * @throws OrreryError as accepting a turn does
 */
export async function streamTurn(
  env: Pick<Env, "AGENTS">,
  agentId: string,
  ordered: Ordered,
): Promise<StreamAcceptance> {
  const request = { method: "POST", body: JSON.stringify(ordered) };
  const response = await untilLetIn(() => env.AGENTS.getByName(agentId).fetch(address, request));
  const executionId = response.headers.get(headers.execution);
  if (executionId === null || response.body === null) {
    return valueOf(await response.json<Outcome<never>>()); // written by answerTurn
  }
  const body = response.body as ReadableStream<Uint8Array>; // all bodies are of bytes
  return { body, executionId, replayed: response.headers.has(headers.replayed) };
}

/** Answers {@link streamTurn} in the agent's object, with what `stream` gives for the order. */
export async function answerTurn(
  request: Request,
  stream: (workspaceId: string, order: TurnOrder) => Promise<Outcome<StreamAcceptance>>,
): Promise<Response> {
  const { workspaceId, order } = await request.json<Ordered>(); // written by streamTurn
  const outcome = await stream(workspaceId, order);
  if (!outcome.ok) return Response.json(outcome);
  const { body, executionId, replayed } = outcome.value;
  return new Response(body, {
    headers: { [headers.execution]: executionId, ...(replayed && { [headers.replayed]: "true" }) },
  });
}
