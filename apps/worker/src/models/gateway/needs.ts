/** What a step asks of a model. */
import type { ModelRequest } from "../contract.ts";
import { estimateTokens } from "../cost.ts";
import type { Needs } from "../routing/contract.ts";

export const needsOf = (request: ModelRequest): Needs => ({
  tools: request.tools.length > 0,
  vision: hasImages(request.messages),
  json: request.responseFormat !== undefined,
  inputTokens: estimateTokens(request),
  maxTokens: request.maxTokens,
});

/** Whether a model must be able to see to understand this. */
const hasImages = (messages: ModelRequest["messages"]): boolean =>
  messages.some(
    ({ content }) =>
      typeof content !== "string" &&
      content.some(
        (part) => part.type === "image" || (part.type === "file" && part.mediaType.startsWith("image/")),
      ),
  );
