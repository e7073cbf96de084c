/** Questions and answers with what every test needs. */
import type { CachedAnswer, CacheQuestion } from "../contract.ts";

export interface QuestionParts {
  workspaceId?: string;
  agentId?: string;
  sessionId?: string;
  input?: string;
  policy?: Partial<CacheQuestion["policy"]>;
  filter?: CacheQuestion["filter"];
  model?: string;
  request?: Partial<CacheQuestion["request"]>;
  embed?: CacheQuestion["embed"];
}

export function questionOf(now: number, parts: QuestionParts = {}): CacheQuestion {
  const { workspaceId = "lab", agentId, sessionId } = parts;
  return {
    model: parts.model ?? "openai/gpt-5",
    policy: { mode: "exact", ttlSeconds: 3_600, threshold: 0.95, ...parts.policy },
    filter: parts.filter ?? {},
    embed: parts.embed ?? null,
    request: {
      callId: "call",
      caller: {
        workspaceId,
        location: "local",
        ...(agentId !== undefined && { agentId }),
        ...(sessionId !== undefined && { sessionId }),
      },
      policy: {},
      signal: new AbortController().signal,
      deadline: now + 60_000,
      model: "auto",
      messages: [{ role: "user", content: parts.input ?? "What is an orrery?" }],
      tools: [],
      temperature: 0.5,
      maxTokens: 256,
      ...parts.request,
    },
  };
}

export const answerOf = (text: string): CachedAnswer => ({
  events: [
    { type: "text", text: text.slice(0, 3) },
    { type: "text", text: text.slice(3) },
  ],
  reason: "stop",
  model: "openai/gpt-5",
  extractive: false,
  usage: { inputTokens: 7, outputTokens: 11 },
});
