import { AIError } from "../errors.ts";
import type { AISettings } from "../../options.ts";
import { chooseServer } from "../models/choose-server.ts";
import type { Model } from "../models/model.ts";
import { doesOffline } from "../models/served-by.ts";
import { answerOffline } from "../offline/answer.ts";
import type { Answer } from "../answer.ts";
import type { TextEvent } from "./events.ts";
import { renderStream, renderWhole } from "./render.ts";
import { parseTextRequest } from "./request.ts";
import { askServer } from "./server.ts";

/** Text generation. A server that does not answer is an error, and never answered for by the offline model. */
export async function runText(
  model: Model,
  inputs: unknown,
  settings: AISettings,
  signal: AbortSignal,
): Promise<Answer> {
  const request = parseTextRequest(model, inputs);
  const choice = chooseServer(model, settings);
  const reading = new AbortController();
  let events: AsyncIterable<TextEvent>;
  if (choice !== null) {
    events = await askServer(choice, request, AbortSignal.any([signal, reading.signal]));
  } else if (settings.offline && doesOffline(model)) {
    events = asAsync(answerOffline(request));
  } else {
    throw new AIError(
      5007,
      `No such model ${model.name} or task: no model on this machine does ${model.task}`,
    );
  }
  const servedBy = choice === null ? "offline" : `${choice.server.name}/${choice.id}`;
  if (!request.stream) {
    return { body: await renderWhole(model, request, events, { servedBy }), servedBy };
  }
  return {
    body: streamOf(renderStream(model, events, { servedBy }), () => reading.abort()),
    contentType: "text/event-stream",
    servedBy,
  };
}

async function* asAsync<Item>(items: Iterable<Item>): AsyncGenerator<Item, void, undefined> {
  yield* items;
}

/** Read as it is wanted; a reader that goes away ends what is being written for it. */
function streamOf(
  pieces: AsyncGenerator<string, void, undefined>,
  onCancel: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      onCancel();
      await pieces.return();
    },
  });
}
