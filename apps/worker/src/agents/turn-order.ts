/** What a turn is asked to do, and the row that accepts it. */
import type { InputPart } from "@orrery/protocol";
import type { StoredDocument } from "../memory/index.ts";
import type { AgentSettings } from "./agent-settings.ts";
import type { ExecutionRow } from "./execution-store.ts";
import type { IdempotencyKey } from "./idempotency-keys.ts";
import { renderPrompt } from "./prompt.ts";

export interface TurnOrder {
  input: string | InputPart[];
  variables?: Record<string, string> | undefined;
  sessionId?: string | undefined;
  documents: StoredDocument[];
  edgeLocation: string;
  noCache?: boolean | undefined;
  idempotency?: IdempotencyKey | undefined;
}

/** Where a turn stands among others. */
type Place = Pick<ExecutionRow, "id" | "sessionId" | "previousId" | "createdAt"> & {
  status: "running" | "pending";
};

/** The row by which an order is kept. @throws OrreryError as {@link renderPrompt} does */
export const rowOf = (order: TurnOrder, settings: AgentSettings, place: Place): ExecutionRow => ({
  ...place,
  request: {
    input: order.input,
    prompt: renderPrompt(settings.promptTemplate, order.input, order.variables),
    documents: order.documents.map(({ id, name, mediaType, size }) => ({ id, name, mediaType, size })),
    edgeLocation: order.edgeLocation,
    ...((order.noCache === true || settings.confidential) && { noCache: true }),
  },
  outcome: null,
  firstTokenAt: null,
  completedAt: null,
});
