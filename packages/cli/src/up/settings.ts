/** Variables and secrets for the worker, from the environment and from files beside the clone. */
import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { LaunchError } from "@orrery/local";
import type { ModelServer } from "@orrery/local";
import { z } from "zod";

/** What the worker may be given from outside: the variables of `apps/worker/src/env.d.ts`. */
export const variables = [
  "SIGNING_KEY",
  "KEY_ENCRYPTION_KEY",
  "JWKS_URL",
  "JWT_ISSUER",
  "JWT_AUDIENCE",
  "ACCESS_TEAM_DOMAIN",
  "ACCESS_AUDIENCE",
  "ACCESS_WORKSPACE",
  "ACCESS_SCOPES",
  "CLIENT_ADDRESS_HEADER",
  "CORS_ORIGINS",
  "RATE_LIMIT_PER_MINUTE",
  "BRIDGE_HOSTS",
  "LOG_LEVEL",
  "AGENT_REST_MS",
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_BASE_URL",
  "GOOGLE_API_KEY",
  "GOOGLE_BASE_URL",
  "AI_GATEWAY_ID",
  "AI_GATEWAY_TOKEN",
  "CLOUDFLARE_ACCOUNT_ID",
  "WORKERS_AI",
  "MODEL_SERVERS",
  "MODEL_CATALOG",
  "MODEL_LIMITS",
  "INPUT_CHECK_URL",
  "INPUT_CHECK_TOKEN",
  "INPUT_CHECK_ON_FAILURE",
  "HTTP_TOOLS",
] as const;

export type Settings = Partial<Record<(typeof variables)[number], string>>;

/**
 * Reads the settings: the environment over `files`, of which earlier ones go before later ones. Of a file
 * only the known variables are taken. A file that is `required` must exist.
 * @throws LaunchError `config_invalid`
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  files: readonly { path: string; required: boolean }[],
): Settings {
  const sources = [environment, ...files.map(readFile)];
  const settings: Settings = {};
  for (const name of variables) {
    const value = sources.map((source) => source[name]).find((text) => text !== undefined && text !== "");
    if (value !== undefined) settings[name] = value;
  }
  return settings;
}

function readFile(file: { path: string; required: boolean }): Readonly<Record<string, string | undefined>> {
  if (!existsSync(file.path)) {
    if (!file.required) return {};
    throw new LaunchError("config_invalid", `There is no file ${file.path}.`);
  }
  return parseEnv(readFileSync(file.path, "utf8"));
}

/**
 * With the word on who answers as Workers AI, and how the launcher serves it: by the servers that were found, else
 * offline. `off` leaves it out; any other value is not for a caller to set.
 */
export function withWorkersAI(
  { WORKERS_AI: wanted, ...settings }: Settings,
  servers: readonly ModelServer[],
): { settings: Settings; ai: { servers: readonly ModelServer[] } | false } {
  if (wanted?.toLowerCase() === "off") return { settings, ai: false };
  const standIn = servers.length > 0 ? "local" : "offline";
  return { settings: { ...settings, WORKERS_AI: standIn }, ai: { servers } };
}

const Servers = z.record(z.string(), z.looseObject({}));
const Given = z.string().transform(parseJson).pipe(Servers);

/** The servers that `MODEL_SERVERS` names; none where it cannot be read, which the worker explains. */
export function configuredServers({ MODEL_SERVERS: given }: Settings): { name: string; models: string[] }[] {
  if (given === undefined) return [];
  const parsed = Given.safeParse(given);
  return Object.entries(parsed.data ?? {}).map(([name, { models }]) => ({
    name,
    models: z.array(z.string()).safeParse(models).data ?? [],
  }));
}

/**
 * `MODEL_SERVERS` with the servers that were found on this machine. Where both name one, what was set by
 * hand is kept whole; and what cannot be read is left for the worker to explain.
 */
export function withModelServers(settings: Settings, found: readonly ModelServer[]): Settings {
  if (found.length === 0) return settings;
  const given = settings.MODEL_SERVERS;
  let own: z.infer<typeof Servers> = {};
  if (given !== undefined) {
    const parsed = Given.safeParse(given);
    if (!parsed.success) return settings;
    own = parsed.data;
  }
  const servers = Object.fromEntries(found.map(({ name, baseUrl, models }) => [name, { baseUrl, models }]));
  return { ...settings, MODEL_SERVERS: JSON.stringify({ ...servers, ...own }) };
}

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: "custom", message: "not JSON" });
    return z.NEVER;
  }
}
