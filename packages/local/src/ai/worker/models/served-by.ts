import type { AISettings } from "../../options.ts";
import { chooseServer } from "./choose-server.ts";
import type { Model, Task } from "./model.ts";

/** What the offline models do, in their own honest way. */
const offlineTasks: readonly Task[] = [
  "Text Generation",
  "Text Embeddings",
  "Text-to-Image",
  "Text Classification",
  "Summarization",
];

/** A model that judges safety must not be stood in for by one that cannot. */
export const doesOffline = ({ name, task }: Model): boolean =>
  offlineTasks.includes(task) && !name.includes("guard");

/** `offline` for the built-in stand-ins, `<server>/<its model>` for a model server, `nothing` where neither does it. */
export function servedBy(model: Model, settings: AISettings): string {
  const choice = chooseServer(model, settings);
  if (choice !== null) return `${choice.server.name}/${choice.id}`;
  return settings.offline && doesOffline(model) ? "offline" : "nothing";
}
