import type { InputPart } from "@orrery/protocol";
import type { OrreryClient } from "../client.ts";
import type { ExecutionStream } from "../execution-stream.ts";
import { LastStep, type ChatChunk } from "./taken-back.ts";

export interface OrreryChatTransportOptions {
  /** Who answers. */
  agentId: string;
  /** The conversation to go on with; without it the first message begins one. */
  sessionId?: string | undefined;
  /** Told the conversation's id once there is one: to keep it, in the page's address for instance. */
  onSession?: ((sessionId: string) => void) | undefined;
}

/** As much of the AI SDK's `UIMessage` as is looked at. */
export interface ChatMessage {
  role: string;
  parts: readonly { type: string }[];
}

/** As much of what the AI SDK asks for. */
export interface ChatRequest {
  messages: readonly ChatMessage[];
  abortSignal: AbortSignal | undefined;
  /** `{ variables }` of the agent's prompt template, by `sendMessage(message, { body })`. */
  body?: object | undefined;
}

/** A `ChatTransport` of the AI SDK. */
export interface OrreryChatTransport {
  /** A chat that resumes is given the whole answer again. */
  readonly resumeStreamIsReplay: true;
  sendMessages(request: ChatRequest): Promise<ReadableStream<ChatChunk>>;
  reconnectToStream(request: { abortSignal?: AbortSignal }): Promise<ReadableStream<ChatChunk> | null>;
}

/**
 * Has an agent answer one chat of the AI SDK, version 7. The platform keeps the conversation, so only the last message
 * is sent; asking for another answer asks the last message again. `stop()` cancels the execution.
 *
 * Dropped connections and restarts of the platform are waited out, and what a restart takes back is taken back in the
 * chat. Where that is more than a chat can forget, it fails as when a line breaks, and `resumeStream()` makes it whole.
 */
export function orreryChatTransport(
  client: Pick<OrreryClient, "executions">,
  { agentId, sessionId: given, onSession }: OrreryChatTransportOptions,
): OrreryChatTransport {
  let sessionId = given;
  /** What was answered last here, and whether all of it was given. */
  let last: { executionId: string; isWhole: boolean } | undefined;

  function give(
    stream: ExecutionStream,
    signal: AbortSignal | undefined,
    isAnswer: boolean,
  ): ReadableStream<ChatChunk> {
    const answer = { executionId: stream.executionId, isWhole: false };
    last = answer;
    if (stream.sessionId !== sessionId) {
      sessionId = stream.sessionId;
      onSession?.(sessionId);
    }
    // Whoever stops an answer wants no more of it; whoever only stops looking leaves it to others.
    const stop = (): void => (isAnswer ? stopAnswer(stream) : stream.abort());
    if (signal?.aborted === true) stop();
    signal?.addEventListener("abort", stop);
    const chunks = read(stream, answer, () => signal?.removeEventListener("abort", stop));
    return new ReadableStream<ChatChunk>({
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        stream.abort();
        await chunks.return().catch(() => undefined);
      },
    });
  }

  return {
    resumeStreamIsReplay: true,

    async sendMessages({ messages, abortSignal, body }) {
      const message = messages.findLast(({ role }) => role === "user");
      if (message === undefined) throw new TypeError("a chat begins with a message of the user");
      abortSignal?.throwIfAborted();
      const variables = variablesIn(body);
      // Without the signal: a request that is cut off may have been accepted, and nobody would know which to cancel.
      const beginning = client.executions.stream(agentId, inputOf(message), {
        sessionId,
        ...(variables !== undefined && { variables }),
      });
      try {
        return give(await unlessAborted(beginning, abortSignal), abortSignal, true);
      } catch (error) {
        if (abortSignal?.aborted === true) beginning.then(stopAnswer, () => undefined);
        throw error;
      }
    },

    async reconnectToStream({ abortSignal: signal }) {
      const executionId =
        last === undefined
          ? await underWay(client, agentId, sessionId)
          : last.isWhole
            ? null
            : last.executionId;
      if (executionId === null) return null;
      return give(await client.executions.follow(executionId, { signal }), signal, false);
    },
  };
}

function stopAnswer(stream: ExecutionStream): void {
  stream.cancel().catch(() => undefined);
  stream.abort();
}

/** What `work` comes to, unless the signal aborts before. @throws the signal's reason, at once */
function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason as Error);
    signal.addEventListener("abort", leave);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

async function* read(
  stream: ExecutionStream,
  answer: { isWhole: boolean },
  end: () => void,
): AsyncGenerator<ChatChunk, void, undefined> {
  const step = new LastStep();
  try {
    for await (const chunk of stream) {
      yield* step.translate(chunk);
    }
    answer.isWhole = true;
  } finally {
    end();
  }
}

/** The id of the execution of a conversation that runs or waits; null where none does. */
async function underWay(
  { executions }: Pick<OrreryClient, "executions">,
  agentId: string,
  sessionId: string | undefined,
): Promise<string | null> {
  if (sessionId === undefined) return null;
  for (const status of ["running", "pending"] as const) {
    const { items } = await executions.list(agentId, { status, limit: 100 });
    const found = items.find((execution) => execution.sessionId === sessionId);
    if (found !== undefined) return found.id;
  }
  return null;
}

/** What a message asks: its texts and files. */
function inputOf({ parts }: ChatMessage): string | InputPart[] {
  const input = parts.flatMap((part): InputPart[] => {
    if (isText(part)) return part.text === "" ? [] : [{ type: "text", text: part.text }];
    if (!isFile(part)) return [];
    const { mediaType, filename, url } = part;
    return [{ type: "file", mediaType, url, ...(filename !== undefined && { filename }) }];
  });
  const [only] = input;
  return input.length === 1 && only?.type === "text" ? only.text : input;
}

const isText = (part: { type: string }): part is { type: "text"; text: string } =>
  part.type === "text" && "text" in part && typeof part.text === "string";

const isFile = (part: {
  type: string;
}): part is { type: "file"; mediaType: string; url: string; filename?: string } =>
  part.type === "file" &&
  "mediaType" in part &&
  typeof part.mediaType === "string" &&
  "url" in part &&
  typeof part.url === "string";

function variablesIn(body: object | undefined): Record<string, string> | undefined {
  if (body === undefined || !("variables" in body)) return undefined;
  const { variables } = body;
  return typeof variables === "object" && variables !== null
    ? (variables as Record<string, string>)
    : undefined;
}
