/** One step of a model, recorded as it happens. */
import type { ModelEvent, ModelGateway, ModelRequest } from "../models/index.ts";
import { ReplayMatch } from "./replay-match.ts";
import type { Turn } from "./turn.ts";

type ContentEvent = Extract<ModelEvent, { type: "text" | "reasoning" | "tool-call" | "source" }>;

/**
 * Runs a step and records it in the turn's transcript, taking up a step that was interrupted.
 * @throws ModelError as the gateway does.
 */
export async function runModelStep(
  turn: Turn,
  gateway: Pick<ModelGateway, "step">,
  request: ModelRequest,
): Promise<void> {
  const { transcript } = turn;
  const interrupted = transcript.lastStep();
  const last = transcript.last;
  let match: ReplayMatch | null = null;
  if (last && last.k !== "step-end") match = new ReplayMatch(transcript, interrupted + 1);
  else turn.add({ k: "step" });

  for await (const event of gateway.step(request)) {
    switch (event.type) {
      case "route":
        turn.note({ k: "route", decision: event.decision });
        break;
      case "call":
        turn.note({ k: "model-call", call: event.call });
        break;
      case "filtered":
        turn.note({ k: "filtered", findings: event.findings });
        break;
      case "restart":
        match = null;
        turn.restartAt(transcript.startOf(transcript.lastStep() + 1));
        break;
      case "finish": {
        const divergedAt = match?.divergedAt() ?? null;
        if (divergedAt !== null) turn.restartAt(divergedAt);
        const { reason, usage, model, extractive } = event;
        turn.endStep({ reason, usage, model, extractive });
        return;
      }
      default: {
        const taken = match ? match.take(event) : { fresh: event };
        if (taken.divergedAt !== undefined) turn.restartAt(taken.divergedAt);
        // From the first event that is new on, there is nothing left to match.
        if (taken.fresh) {
          match = null;
          record(turn, taken.fresh);
        }
      }
    }
  }
  throw new Error("the gateway ended a step without finishing it");
}

function record(turn: Turn, event: ContentEvent): void {
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
