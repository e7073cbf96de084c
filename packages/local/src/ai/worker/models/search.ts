/** `env.AI.models()`. Source: https://developers.cloudflare.com/api/resources/ai/subresources/models/methods/list/ */
import type { AISettings } from "../../options.ts";
import { catalog } from "./catalog.ts";
import { servedBy } from "./served-by.ts";
import { tasks } from "./model.ts";
import type { Model, Task } from "./model.ts";

const perPageMost = 1_000;

function countOf(given: string | null, otherwise: number): number {
  const number = Number(given ?? otherwise);
  return Number.isInteger(number) && number > 0 ? number : otherwise;
}

const properties = (model: Model, settings: AISettings): { property_id: string; value: string }[] => [
  ...(model.contextWindow === null
    ? []
    : [{ property_id: "context_window", value: String(model.contextWindow) }]),
  ...(model.dimensions === 0 ? [] : [{ property_id: "output_dimensions", value: String(model.dimensions) }]),
  // Not one of Cloudflare's: by it a caller tells the real thing from what stands in for it.
  { property_id: "served_by", value: servedBy(model, settings) },
];

/** Ids that stay the same, without a registry to ask: the digits of a hash of the name, in the form of a UUID. */
async function idOf(name: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name));
  const hex = new Uint8Array(hash).toHex();
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

async function described(model: Model, settings: AISettings): Promise<object> {
  const description = tasks[model.task];
  return {
    id: await idOf(model.name),
    source: 1,
    name: model.name,
    description,
    task: { id: await idOf(model.task), name: model.task satisfies Task, description },
    tags: [],
    properties: properties(model, settings),
  };
}

/** Takes the parameters of `AiModelsSearchParams`. `source` and `hide_experimental` leave nothing out: all are stable. */
export async function searchModels(params: URLSearchParams, settings: AISettings): Promise<Response> {
  const [search, author, task] = ["search", "author", "task"].map((name) =>
    (params.get(name) ?? "").toLowerCase(),
  );
  const found = catalog.filter(
    (model) =>
      model.name.toLowerCase().includes(search ?? "") &&
      (author === "" || model.name.split("/")[1]?.toLowerCase() === author) &&
      (task === "" || model.task.toLowerCase() === task),
  );
  const perPage = Math.min(countOf(params.get("per_page"), perPageMost), perPageMost);
  const from = (countOf(params.get("page"), 1) - 1) * perPage;
  const page = found.slice(from, from + perPage);
  return Response.json({
    success: true,
    result: await Promise.all(page.map((model) => described(model, settings))),
    errors: [],
    messages: [],
    result_info: {
      count: page.length,
      page: from / perPage + 1,
      per_page: perPage,
      total_count: found.length,
    },
  });
}
