/** Model servers of one's own: those that the launcher found, or that `MODEL_SERVERS` names. */
import { z } from "zod";

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

const Servers = z.record(
  z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, "a server's name is lower-case letters, digits and hyphens")
    .refine((name) => !reserved.includes(name), "that name belongs to a provider"),
  Server,
);

export interface ModelServers {
  servers: ReadonlyMap<string, ModelServer>;
  /** What is wrong with the variable, for whoever asks for a model of an unknown server. */
  problem: string | null;
}

/** Reads `MODEL_SERVERS`. A mistake in it must not take the other models away, so it is told, not thrown. */
export function parseServers(json: string | undefined): ModelServers {
  if (json === undefined || json.trim() === "") return { servers: new Map(), problem: null };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { servers: new Map(), problem: "MODEL_SERVERS is not valid JSON" };
  }
  const parsed = Servers.safeParse(value);
  if (parsed.success) return { servers: new Map(Object.entries(parsed.data)), problem: null };
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  return {
    servers: new Map(),
    problem: `MODEL_SERVERS is not valid${where}: ${issue?.message ?? "unexpected shape"}`,
  };
}
