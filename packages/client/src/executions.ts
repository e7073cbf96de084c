import type {
  CreateExecution,
  Execution,
  ExecutionStatus,
  ExecutionSummary,
  InputPart,
  Page,
} from "@orrery/protocol";
import { agentPath } from "./agents.ts";
import { toAttachment, type AttachmentInput } from "./attachments.ts";
import { ConnectionError } from "./errors.ts";
import { ExecutionStream } from "./execution-stream.ts";
import { eachItem, type PageOptions } from "./pages.ts";
import type { Call, RequestOptions, Transport, WriteOptions } from "./transport.ts";
import { TurnReader } from "./turn-reader.ts";

/** What an execution may be given besides its input. */
export interface ExecutionOptions extends WriteOptions {
  /** The conversation to go on with; without it a new one begins. */
  sessionId?: string | undefined;
  /** Values for the variables of the agent's prompt template, other than `input`. */
  variables?: Record<string, string> | undefined;
  attachments?: readonly AttachmentInput[] | undefined;
}

export interface ExecutionFilter {
  status?: ExecutionStatus | undefined;
}

export interface FollowOptions {
  /** The id of the last chunk already seen: reading goes on after it. */
  after?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Executions {
  /**
   * Runs an agent and waits for the finished execution, whatever its outcome: look at `status`.
   * Without `timeoutMs` it waits as long as the execution takes.
   */
  create(agentId: string, input: string | InputPart[], options?: ExecutionOptions): Promise<Execution>;
  /** Hands an input over to an agent and returns the execution's id without waiting for the answer. */
  start(agentId: string, input: string | InputPart[], options?: ExecutionOptions): Promise<string>;
  /** Runs an agent and follows its answer. Resolves once the execution is accepted and has an id. */
  stream(agentId: string, input: string | InputPart[], options?: ExecutionOptions): Promise<ExecutionStream>;
  /** Follows an execution, running or finished, from its beginning or from where a reader stopped. */
  follow(executionId: string, options?: FollowOptions): Promise<ExecutionStream>;
  get(executionId: string, options?: RequestOptions): Promise<Execution>;
  /** A page of an agent's executions, newest first. */
  list(
    agentId: string,
    query?: ExecutionFilter & PageOptions,
    options?: RequestOptions,
  ): Promise<Page<Execution>>;
  /** A page of the executions of the whole workspace, newest first, without their long parts. */
  listRecent(
    query?: ExecutionFilter & PageOptions & { agentId?: string | undefined },
    options?: RequestOptions,
  ): Promise<Page<ExecutionSummary>>;
  /** Every execution of the workspace that matches, page by page, newest first. */
  listAll(
    query?: ExecutionFilter & { agentId?: string | undefined },
    options?: RequestOptions,
  ): AsyncGenerator<ExecutionSummary, void, undefined>;
  /** Cancels an execution; what it said so far is kept. @throws ApiError `conflict` where it has ended. */
  cancel(executionId: string, options?: WriteOptions): Promise<Execution>;
}

const executionPath = (id: string): string => `/api/v1/executions/${encodeURIComponent(id)}`;

export function createExecutions(transport: Transport): Executions {
  const get: Executions["get"] = (id, options) => transport.json({ ...options, path: executionPath(id) });

  const cancel: Executions["cancel"] = (id, options) =>
    transport.json({ ...options, method: "POST", path: `${executionPath(id)}/cancel` });

  const listRecent: Executions["listRecent"] = (query = {}, options) =>
    transport.json({ ...options, path: "/api/v1/executions", query: { ...query } });

  async function call(
    agentId: string,
    input: string | InputPart[],
    { sessionId, variables, attachments, ...options }: ExecutionOptions,
  ): Promise<Call & { body: CreateExecution }> {
    return {
      ...options,
      idempotencyKey: options.idempotencyKey ?? crypto.randomUUID(),
      method: "POST",
      path: `${agentPath(agentId)}/executions`,
      body: {
        input,
        ...(sessionId !== undefined && { sessionId }),
        ...(variables !== undefined && { variables }),
        ...(attachments !== undefined &&
          attachments.length > 0 && { attachments: await Promise.all(attachments.map(toAttachment)) }),
      },
    };
  }

  /** A controller that aborts with the caller's signal, until it is detached from it. */
  function linkedTo(signal: AbortSignal | undefined): { controller: AbortController; detach: () => void } {
    const controller = new AbortController();
    const abort = () => controller.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    const detach = () => signal?.removeEventListener("abort", abort);
    controller.signal.addEventListener("abort", detach);
    return { controller, detach };
  }

  return {
    get,
    cancel,
    listRecent,
    create: async (agentId, input, options = {}) =>
      transport.json({ timeoutMs: 0, ...(await call(agentId, input, options)) }),

    start: async (agentId, input, options = {}) =>
      transport.send(
        { ...(await call(agentId, input, options)), headers: { prefer: "respond-async" } },
        async (response) => {
          const id = response.headers.get("location")?.split("/").at(-1);
          if (id !== undefined) {
            await response.body?.cancel();
            return decodeURIComponent(id);
          }
          return ((await response.json()) as { id: string }).id;
        },
      ),

    stream: async (agentId, input, { signal, ...options } = {}) => {
      const begin = await call(agentId, input, options);
      const { controller, detach } = linkedTo(signal);
      const reader = new TurnReader({
        transport,
        signal: controller.signal,
        onEnd: detach,
        begin: {
          ...begin,
          body: { ...begin.body, stream: true },
          headers: { accept: "text/event-stream" },
        },
      });
      const first = await reader.next().catch((error: unknown) => {
        detach();
        throw error;
      });
      if (first?.type !== "start") {
        controller.abort();
        throw new ConnectionError("interrupted", "The answer stream did not begin with its execution.");
      }
      const { executionId, sessionId } = first.messageMetadata;
      return new ExecutionStream({
        executionId,
        sessionId,
        first,
        reader,
        controller,
        transport,
        executions: { get, cancel },
      });
    },

    follow: async (executionId, { after, signal } = {}) => {
      const { sessionId } = await get(executionId, { signal });
      const { controller, detach } = linkedTo(signal);
      const reader = new TurnReader({
        transport,
        signal: controller.signal,
        onEnd: detach,
        executionId,
        after,
      });
      return new ExecutionStream({
        executionId,
        sessionId,
        reader,
        controller,
        transport,
        executions: { get, cancel },
      });
    },

    list: (agentId, query = {}, options) =>
      transport.json({ ...options, path: `${agentPath(agentId)}/executions`, query: { ...query } }),

    listAll: (query = {}, options) =>
      eachItem((cursor) => listRecent({ ...query, limit: 100, cursor }, options)),
  };
}
