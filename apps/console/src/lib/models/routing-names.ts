/** Names that stand for a choice among the usable models, made anew for each call. */
import type { RoutePreference, RouteTask } from "@orrery/protocol";

/** What a routing name weighs most, in words. */
export const preferences: readonly { name: string; preference: RoutePreference; words: string }[] = [
  { name: "auto", preference: "balanced", words: "A good choice among the available models" },
  { name: "auto:fast", preference: "fast", words: "The fastest to answer, as measured" },
  { name: "auto:cheap", preference: "cheap", words: "The cheapest that can do it" },
  { name: "auto:best", preference: "best", words: "The most capable" },
];

/** What a model is chosen for, in words. */
export const taskNames: Record<RouteTask, string> = {
  chat: "conversation",
  code: "code",
  sql: "SQL",
  extract: "extraction",
  classify: "classification",
  vision: "images it is shown",
  image: "generating images",
  embed: "embeddings",
};

/** Tasks of a text model that can stand in a routing name. */
const textTasks = ["chat", "code", "sql", "extract", "classify", "vision"] as const;

export const isRoutingName = (name: string): boolean => name === "auto" || name.startsWith("auto:");

export interface RoutingChoice {
  name: string;
  words: string;
}

/**
 * The routing names that begin to say what was typed: the four plain ones, and those with a task once one
 * is being named.
 */
export function routingChoices(words: readonly string[]): RoutingChoice[] {
  const matches = ({ name, words: said }: RoutingChoice) =>
    words.every((word) => `${name} ${said}`.toLowerCase().includes(word));
  const plain = preferences.filter(matches).map(({ name, words: said }) => ({ name, words: said }));
  if (words.every((word) => word.length < 2)) return plain;
  const withTask = preferences.flatMap(({ name, words: said }) =>
    textTasks.map((task) => ({ name: `${name}:${task}`, words: `${said}, for ${taskNames[task]}` })),
  );
  return [...plain, ...withTask.filter(matches)].slice(0, 8);
}
