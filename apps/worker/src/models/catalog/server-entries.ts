/** Entries for the models of servers of one's own: what their names let us guess. */
import type { ModelKind, QualityTier } from "@orrery/protocol";
import type { ModelServers } from "../servers.ts";
import { undescribed, type CatalogEntry } from "./entry.ts";
import { everyTextTask } from "./writing.ts";

/** Servers list their embedding models among the rest, and say so in the name alone. */
const kindOf = (model: string): ModelKind =>
  /embed|\bbge\b|minilm/i.test(model) ? (/rerank/i.test(model) ? "rerank" : "embedding") : "text";

/** Billions of parameters, where the name says so: `qwen3-32b`, `llama3.1:70b`. */
function billions(model: string): number | null {
  const match = /(?:^|[^\d.])(\d{1,4}(?:\.\d+)?)b(?![a-z\d])/i.exec(model);
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** From 24 billion parameters on a model counts as everyday; where the name does not say, as small. */
const qualityOf = (model: string): QualityTier => ((billions(model) ?? 0) >= 24 ? 2 : 1);

/** Whether what is sent there stays on this machine. */
function isLoopback(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** A server of one's own sends no bill; only one on this machine keeps what it is sent here. */
export function serverEntries({ servers }: ModelServers): CatalogEntry[] {
  return Array.from(servers).flatMap(([name, server]) =>
    [...new Set(server.models)].map((model) => serverEntry(name, model, server.baseUrl)),
  );
}

export function serverEntry(server: string, model: string, baseUrl: string): CatalogEntry {
  const kind = kindOf(model);
  return {
    ...undescribed(server, model, kind),
    price: { inputMicros: 0, outputMicros: 0 },
    quality: qualityOf(model),
    regions: [isLoopback(baseUrl) ? "local" : "global"],
    tasks: kind === "text" ? [...everyTextTask] : kind === "embedding" ? ["embed"] : [],
  };
}
