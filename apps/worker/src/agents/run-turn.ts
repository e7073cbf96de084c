/**
 * A turn from wherever it stands to its end: model step, tool step, and again, until the model has no
 * more calls. The transcript says what has been done, so the same function begins a turn and takes one
 * up after a crash.
 */
import { OrreryError } from "@orrery/protocol";
import type { ExecutionError } from "@orrery/protocol";
import { ModelError } from "../models/index.ts";
import type { Caller, EmbedBatches, ModelGateway, ModelRequest, ModelTool } from "../models/index.ts";
import { log } from "../observability/index.ts";
import type { AgentSettings } from "./agent-settings.ts";
import { messagesOf } from "./conversation.ts";
import type { Conversations } from "./conversation.ts";
import { runModelStep } from "./model-step.ts";
import { canSee, imagesAmong, userMessage } from "./seen-images.ts";
import type { ReadDocument } from "./seen-images.ts";
import { refuseTools, runTools } from "./tool-step.ts";
import type { ToolHost } from "./tool-step.ts";
import type { Item, Transcript, Workplace } from "./transcript.ts";
import type { Turn } from "./turn.ts";

/** Steps a turn may take. In the last no tools are offered, and none is run, so that the model must answer. */
const maxSteps = 16;
/** Times that a turn is taken up again before it is given up: it may be what kills the process. */
const mostInterruptions = 50;
/** Times that an answer is begun again for whatever reason: another model's, or one that departs from what was said. */
const mostRestarts = 4 * mostInterruptions;
/**
 * Interruptions in a row after which a turn is given up because nothing came of it: what ends or hangs the process holds
 * up everybody each time that it is tried. The evidence is a note on disk, right before the step goes to work, with
 * nothing after it (`Turn.begin`). Turns that merely were there when the process ended have either not begun again or
 * gone on by the next time.
 *
 * Work in this process is done in moments, so that a turn which is no culprit is interrupted in it by chance alone: five
 * times in a row it is not. Whoever waits for a model's first word may wait for minutes, and be interrupted in that by
 * others' faults and every restart of a deployment; so much more of it is allowed. The first interruption of all is not
 * told apart, since no turn waits for a note before there was one.
 */
const mostFruitless: Readonly<Record<Workplace, number>> = { here: 5, elsewhere: 20 };
const stepDeadlineMs = 10 * 60_000;

export interface TurnContext {
  caller: Caller;
  settings: AgentSettings;
  gateway: Pick<ModelGateway, "step" | "check">;
  conversations: Conversations;
  tools: ToolHost;
  /** What the model is told about documents, if there are any. */
  documentNote: string | null;
  readDocument: ReadDocument;
  /** Of the agent's object: its turns' embeddings are gathered. */
  batches: EmbedBatches;
  /** Called when the turn's log is on disk: what was spent may be booked. */
  spent(turn: Turn): void;
}

export interface TurnStart {
  /** Gathers what the turn works with. What it throws fails the turn. */
  prepare: () => TurnContext;
  /** Whether another process began the turn. */
  resumed: boolean;
  /** Whether it is a confidential agent's. */
  confidential: boolean;
}

/** Runs a turn to its end and concludes it. Never rejects: whatever happens is the turn's outcome. */
export async function runTurn(turn: Turn, { prepare, resumed, confidential }: TurnStart): Promise<void> {
  try {
    await takeSteps(turn, prepare(), resumed);
    turn.conclude("completed");
  } catch (error) {
    if (turn.failure) turn.conclude("failed", errorOf(turn, turn.failure, confidential));
    else if (turn.abort.signal.aborted) turn.conclude("cancelled");
    else turn.conclude("failed", errorOf(turn, error, confidential));
  }
}

function errorOf(turn: Turn, error: unknown, confidential: boolean): ExecutionError {
  if (error instanceof ModelError || error instanceof TurnGivenUp) {
    return { code: error.code, message: error.message, retryable: error.retryable };
  }
  if (error instanceof OrreryError) return { code: error.code, message: error.message, retryable: false };
  // What a defect says of itself may quote what a confidential agent was given.
  const kind = error instanceof Error ? error.name : typeof error;
  log.error("turn.failed", { executionId: turn.row.id, error: confidential ? kind : error });
  return { code: "internal", message: "The turn failed on our side.", retryable: true };
}

class TurnGivenUp extends Error {
  readonly code = "internal";
  readonly retryable: boolean;

  constructor(message: string, retryable: boolean) {
    super(message);
    this.name = "TurnGivenUp";
    this.retryable = retryable;
  }
}

/** @throws TurnGivenUp for a turn that may be what ends the process */
function assertWorthwhile(transcript: Transcript): void {
  if (transcript.interruptions > mostInterruptions || transcript.restarts.length > mostRestarts) {
    throw new TurnGivenUp(`The turn was interrupted ${mostInterruptions} times and given up.`, true);
  }
  for (const workplace of ["here", "elsewhere"] as const) {
    const times = transcript.fruitless(workplace) + 1;
    if (times < mostFruitless[workplace]) continue;
    throw new TurnGivenUp(
      `The turn was interrupted ${times} times in a row at the same step, nothing of which was left, and given up.`,
      false,
    );
  }
}

async function takeSteps(turn: Turn, context: TurnContext, resumed: boolean): Promise<void> {
  const { transcript } = turn;
  assertWorthwhile(transcript);
  let afterCrash = resumed;
  for (;;) {
    const step = transcript.items.slice(transcript.lastStep());
    const over = step.at(-1)?.k === "step-end";
    const stepsDone = transcript.items.filter((item) => item.k === "step-end").length;
    if (over && !step.some((item) => item.k === "call")) return;
    if (over && stepsDone >= maxSteps) {
      if (step.some((item) => item.k === "text" && item.text.trim() !== "")) return;
      throw new OrreryError(
        "upstream_failed",
        `The model asked for tools in each of ${maxSteps} steps, and gave no answer.`,
      );
    }
    if (!over && step.some((item) => item.k === "end")) {
      if (stepsDone >= maxSteps - 1) refuseTools(turn, context.tools);
      else {
        await turn.begin(() => (callsHere(step, context.tools) ? "here" : "elsewhere"));
        await runTools(turn, context.tools, afterCrash, () => context.spent(turn));
      }
      afterCrash = false;
      continue;
    }
    turn.abort.signal.throwIfAborted();
    await turn.begin(() => (isLocalModel(context) ? "here" : "elsewhere"));
    await runModelStep(turn, context.gateway, await requestFor(turn, context, stepsDone));
    afterCrash = false;
  }
}

async function requestFor(turn: Turn, context: TurnContext, stepsDone: number): Promise<ModelRequest> {
  const { settings, gateway, conversations, tools, documentNote, readDocument } = context;
  const { transcript, row } = turn;
  const images = imagesAmong([...conversations.imagesBefore(row), ...row.request.documents]);
  const shown = images.length > 0 && canSee(gateway, settings.model) ? images : [];
  const finished = over(transcript.items)
    ? transcript.items
    : transcript.items.slice(0, transcript.lastStep());
  const system = [settings.systemPrompt, documentNote].filter(Boolean).join("\n\n");
  return {
    // A step that is asked again after a crash is another call: what became of the first is not known.
    callId: [row.id, transcript.epoch, stepsDone].join("/"),
    caller: context.caller,
    policy: settings.modelPolicy,
    batches: context.batches,
    ...(row.request.noCache === true && { noCache: true }),
    model: settings.model,
    ...(system && { system }),
    messages: [
      ...conversations.before(row),
      await userMessage(row.request.prompt, shown, readDocument),
      ...messagesOf(finished),
    ],
    tools: stepsDone >= maxSteps - 1 ? [] : Array.from(tools.tools.values(), modelTool),
    temperature: settings.temperature,
    maxTokens: settings.maxTokens,
    signal: turn.abort.signal,
    deadline: tools.now() + stepDeadlineMs,
  };
}

/** Whether a call that has no result yet is of a tool that works in this process. */
function callsHere(step: readonly Item[], { tools }: ToolHost): boolean {
  const done = new Set(step.flatMap((item) => (item.k === "result" ? [item.id] : [])));
  return step.some(
    (item) => item.k === "call" && !done.has(item.id) && tools.get(item.name)?.isLocal === true,
  );
}

/** Whether the model that is asked for works in this process, as those do that need no network, and waits for no turn. */
function isLocalModel({ gateway, settings }: TurnContext): boolean {
  if (settings.modelPolicy.limits !== undefined) return false;
  const checked = gateway.check(settings.model, "text");
  return "model" in checked && checked.model.provider === "offline";
}

const over = (items: Turn["transcript"]["items"]): boolean => items.at(-1)?.k === "step-end";

const modelTool = ({ name, description, inputSchema, effect }: ModelTool): ModelTool => ({
  name,
  description,
  inputSchema,
  effect,
});
