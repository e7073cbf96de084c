/** Names that leave the choice of a model to the router: `auto[:fast|:cheap|:best][:task]`. */
import type { ModelKind, RoutePreference, RouteTask } from "@orrery/protocol";
import { nearestNames } from "../nearest.ts";

export interface Route {
  preference: RoutePreference;
  task: RouteTask;
}

const preferences: readonly RoutePreference[] = ["fast", "cheap", "best"];
const tasks: readonly RouteTask[] = [
  "chat",
  "code",
  "sql",
  "extract",
  "classify",
  "vision",
  "image",
  "embed",
];

/** All of them: `auto`, `auto:fast`, `auto:code`, `auto:fast:code`, … */
const known: ReadonlyMap<string, { preference: RoutePreference; task?: RouteTask }> = new Map(
  (["balanced", ...preferences] as const).flatMap((preference) => {
    const name = preference === "balanced" ? "auto" : `auto:${preference}`;
    return [
      [name, { preference }] as const,
      ...tasks.map((task) => [`${name}:${task}`, { preference, task }] as const),
    ];
  }),
);

/** The names without a task: what a list of models shows beside the models that they choose. */
export const plainNames: readonly string[] = [
  "auto",
  ...preferences.map((preference) => `auto:${preference}`),
];

export const isRoutingName = (name: string): boolean => name === "auto" || name.startsWith("auto:");

/** The kind of model that a task needs. */
function kindOf(task: RouteTask): ModelKind {
  if (task === "image") return "image";
  return task === "embed" ? "embedding" : "text";
}

/** The task that a kind of model is asked for where nobody says more. */
const usualTasks: Partial<Record<ModelKind, RouteTask>> = {
  text: "chat",
  image: "image",
  embedding: "embed",
};

/**
 * What a routing name asks for, of a model of this kind; `task` counts where the name leaves it open. Or the
 * sentence that says why the name will not do.
 */
export function readRoute(name: string, kind: ModelKind, task?: RouteTask): Route | { problem: string } {
  const route = known.get(name);
  if (route === undefined) {
    const near = nearestNames(name, [...known.keys()]);
    const hint = near.length > 0 ? `Did you mean ${near.join(" or ")}?` : "It is auto[:preference][:task].";
    return { problem: `There is no routing name ${name}. ${hint}` };
  }
  const usual = usualTasks[kind];
  if (usual === undefined) {
    return { problem: `${name} chooses no ${kind} model: name the model` };
  }
  if (route.task !== undefined && kindOf(route.task) !== kind) {
    return {
      problem: `${name} chooses a model for another kind of call: use ${name.replace(`:${route.task}`, "")}`,
    };
  }
  const asked = route.task ?? (task !== undefined && kindOf(task) === kind ? task : usual);
  return { preference: route.preference, task: asked };
}

/** The kind of model that a routing name with a task asks for, or that `task` asks of one without; else null. */
export function kindAsked(name: string, task?: RouteTask): ModelKind | null {
  const asked = known.get(name)?.task ?? (isRoutingName(name) ? task : undefined);
  return asked === undefined ? null : kindOf(asked);
}
