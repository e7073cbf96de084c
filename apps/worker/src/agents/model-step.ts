/** One step of a model, recorded as it happens. */
import type { ModelEvent, ModelGateway, ModelRequest } from "../models/index.ts";
import { ReplayMatch } from "./replay-match.ts";
import type { StepEnd } from "./transcript.ts";
import type { Turn } from "./turn.ts";

/**
 * Runs a step and records it in the turn's transcript, taking up a step that was interrupted.
 * @throws ModelError as the gateway does.
 */
export async function runModelStep(
  turn: Turn,
  gateway: Pick<ModelGateway, "step">,
  request: ModelRequest,
): Promise<StepEnd> {
  const { transcript } = turn;
  const interrupted = transcript.lastStep();
  const last = transcript.last;
  let match: ReplayMatch | null = null;
  if (last && last.k !== "step-end") match = new ReplayMatch(transcript, interrupted + 1);
  else turn.add({ k: "step" });

  for await (const event of gateway.step(request)) {
    if (event.type === "finish") {
      const divergedAt = match?.divergedAt() ?? null;
      if (divergedAt !== null) turn.restartAt(divergedAt);
      const end: StepEnd = {
        reason: event.reason,
        usage: event.usage,
        model: event.model,
        extractive: event.extractive,
      };
      turn.endStep(end);
      return end;
    }
    let fresh: typeof event | null = event;
    if (match) {
      const taken = match.take(event);
      fresh = taken.fresh;
      if (taken.divergedAt !== undefined) turn.restartAt(taken.divergedAt);
      // From the first event that is new on, there is nothing left to match.
      if (fresh) match = null;
    }
    if (!fresh) continue;
    record(turn, fresh);
  }
  throw new Error("the gateway ended a step without finishing it");
}

function record(turn: Turn, event: Exclude<ModelEvent, { type: "finish" }>): void {
  switch (event.type) {
    case "text":
      turn.addText("text", event.text);
      return;
    case "reasoning":
      turn.addText("reasoning", event.text, event.providerMetadata);
      return;
    case "source":
      turn.add({ k: "source", source: event.source });
      return;
    case "tool-call": {
      const { name, input, providerMetadata: meta } = event;
      turn.add({ k: "call", id: callId(turn, event.id), name, input, at: Date.now(), ...(meta && { meta }) });
    }
  }
}

/** A call's id must name one call of the turn, whatever ids its model gives out. */
function callId({ transcript }: Turn, id: string): string {
  const taken = (wanted: string): boolean =>
    transcript.items.some((item) => item.k === "call" && item.id === wanted);
  if (id && !taken(id)) return id;
  return `${id || "call"}#${transcript.items.length}`;
}
