/** Keys under which messages about tasks go out: whoever sends the same again sends nothing more. */

/** A task's one result, whichever side it comes from: whoever is second writes nothing. */
export const resultKey = (fuseAgentId: string, taskId: string): string => `result:${fuseAgentId}:${taskId}`;

/** Word that a task was taken over. */
export const acknowledgmentKey = (fuseAgentId: string, taskId: string): string =>
  `ack:${fuseAgentId}:${taskId}`;

/** What an existing agent said by its private channel that is no result; `id` is the message's. */
export const wordKey = (fuseAgentId: string, id: string): string => `word:${fuseAgentId}:${id}`;

/** A task for the existing agent, which may get the same more than once: `attempt` counts how often ours had it. */
export const legacyTaskKey = (
  why: "forward" | "handback",
  fuseAgentId: string,
  { taskId, attempt = 0 }: { taskId: string; attempt?: number | undefined },
): string => `${why}:${fuseAgentId}:${attempt}:${taskId}`;

/** What messages about one task are known by that an agent sends once for each time that it takes the task over. */
export const keysOfTask = (fuseAgentId: string, taskId: string): string[] => [
  acknowledgmentKey(fuseAgentId, taskId),
  resultKey(fuseAgentId, taskId),
];

/** How all keys begin of messages about an agent's tasks. */
export const keysOfAgent = (fuseAgentId: string): string[] =>
  ["ack", "forward", "handback", "result", "word"].map((kind) => `${kind}:${fuseAgentId}:`);

export interface KeyParts {
  readonly agent: string;
  readonly taskId: string;
}

const patterns = {
  result: /^result:([^:]+):(.+)$/s,
  ack: /^ack:([^:]+):(.+)$/s,
  handback: /^handback:([^:]+):\d+:(.+)$/s,
} as const;

/** Whose message, about which task, a key of one kind is of; null where it is of another kind. */
export function readKey(kind: keyof typeof patterns, key: string): KeyParts | null {
  const [, agent, taskId] = patterns[kind].exec(key) ?? [];
  return agent === undefined || taskId === undefined ? null : { agent, taskId };
}
