/** Model servers of one's own: those that the launcher found, or that `MODEL_SERVERS` names. */
import { z } from "zod";
import { isObject } from "./wire/json.ts";

const Server = z.object({
  /** With its version: `http://127.0.0.1:11434/v1`. */
  baseUrl: z.url({ protocol: /^https?$/ }),
  apiKey: z.string().min(1).optional(),
  /** What it is known to serve; other names under it are tried all the same. */
  models: z.array(z.string().min(1)).default([]),
});
export type ModelServer = z.infer<typeof Server>;

/** Names that are taken: a server under one of them would hide a provider. */
const reserved = ["openai", "anthropic", "google", "workers-ai", "offline", "auto"];

const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, "a server's name is lower-case letters, digits and hyphens")
  .refine((name) => !reserved.includes(name), "that name belongs to a provider");

export interface ModelServers {
  servers: ReadonlyMap<string, ModelServer>;
  /** What is wrong with the variable, for whoever asks for a model of an unknown server. */
  problem: string | null;
}

/**
 * Reads `MODEL_SERVERS`. A mistake in it must not take the other models away, nor one server those beside
 * it, so mistakes are told and not thrown.
 */
export function parseServers(json: string | undefined): ModelServers {
  const servers = new Map<string, ModelServer>();
  if (json === undefined || json.trim() === "") return { servers, problem: null };
  const entries = entriesOf(json);
  if (typeof entries === "string") return { servers, problem: entries };
  let problem: string | null = null;
  for (const [name, value] of entries) {
    const parsed = z.tuple([Name, Server]).safeParse([name, value]);
    if (parsed.success) {
      servers.set(...parsed.data);
      continue;
    }
    const issue = parsed.error.issues[0];
    const where = [name, ...(issue?.path.slice(1) ?? [])].join(".");
    problem ??= `MODEL_SERVERS is not valid at ${where}: ${issue?.message ?? "unexpected shape"}`;
  }
  return { servers, problem };
}

function entriesOf(json: string): [string, unknown][] | string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return "MODEL_SERVERS is not valid JSON";
  }
  return isObject(value) ? Object.entries(value) : "MODEL_SERVERS is not a JSON object of servers by name";
}
