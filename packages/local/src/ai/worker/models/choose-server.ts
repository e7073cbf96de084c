/** Which model of which server answers for a model of Workers AI. */
import type { AISettings } from "../../options.ts";
import type { Model } from "./model.ts";

type Server = AISettings["servers"][number];

export interface Choice {
  server: Server;
  /** The server's own id of the model. */
  id: string;
}

/** Names of models that do not chat. */
const notForText = /embed|bge-|e5-|minilm|rerank|whisper|clip|stable-diffusion|flux|-tts|tts-/i;

const wordsOf = (name: string): string[] => name.toLowerCase().match(/[a-z]+|\d+(?:\.\d+)?b?/g) ?? [];

const bare = (name: string): string => name.slice(name.lastIndexOf("/") + 1).toLowerCase();

/** Without quantisation and tags: `bge-m3:latest` and `bge-m3` are the same weights. */
const familyOf = (name: string): string =>
  bare(name)
    .replace(/:.*$/, "")
    .replace(/-(?:latest|fp16|fp8|f16|gguf|q\d.*)$/, "");

/** Of two weights, the share of words in common; a size or version that differs counts like any other word. */
function likeness(wanted: string, id: string): number {
  const [a, b] = [new Set(wordsOf(bare(wanted))), new Set(wordsOf(bare(id)))];
  return a.intersection(b).size / a.union(b).size;
}

function configured(target: string, servers: readonly Server[]): Choice | null {
  for (const server of servers) {
    if (target.startsWith(`${server.name}/`)) return { server, id: target.slice(server.name.length + 1) };
  }
  const server = servers.find(({ models }) => models.includes(target)) ?? servers[0];
  return server === undefined ? null : { server, id: target };
}

/** The nearest text model by name; the first one where none has a word in common. */
function nearestText(name: string, servers: readonly Server[]): Choice | null {
  let best: (Choice & { score: number }) | null = null;
  for (const server of servers) {
    for (const id of server.models) {
      if (notForText.test(id)) continue;
      const score = likeness(name, id);
      if (best === null || score > best.score) best = { server, id, score };
    }
  }
  return best;
}

/** Vectors of different weights must not meet in one index: only the very model will do. */
function sameWeights(name: string, servers: readonly Server[]): Choice | null {
  const wanted = familyOf(name);
  for (const server of servers) {
    const id = server.models.find((id) => familyOf(id) === wanted);
    if (id !== undefined) return { server, id };
  }
  return null;
}

/** Null where no server of this machine does the model's task. */
export function chooseServer(
  { name, task }: Model,
  { servers, models }: Pick<AISettings, "servers" | "models">,
): Choice | null {
  const target = models[name] ?? (task === "Text Generation" ? models["*"] : undefined);
  if (target !== undefined) return configured(target, servers);
  if (task === "Text Generation") return name.includes("guard") ? null : nearestText(name, servers);
  if (task === "Text Embeddings") return sameWeights(name, servers);
  return null;
}
