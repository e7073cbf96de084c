/** `MODEL_CATALOG`: entries of one's own, and corrections of those that are shipped. */
import { z } from "zod";
import { isObject } from "../wire/json.ts";
import { CatalogEntry, ProviderName, partsOf } from "./entry.ts";

/** What may be said of a model: all of its entry but its id, each part of it optional. */
const Override = CatalogEntry.omit({ provider: true, model: true, guessed: true }).partial().strict();
export type Override = z.infer<typeof Override>;

const Id = z
  .string()
  .max(200)
  .refine((id) => {
    const parts = partsOf(id);
    return parts !== null && ProviderName.safeParse(parts.provider).success;
  }, "expected an id such as openai/gpt-5");

export interface Configured {
  overrides: ReadonlyMap<string, Override>;
  /** What is wrong with the variable, one sentence each. */
  problems: readonly string[];
}

/**
 * Reads `MODEL_CATALOG`. A mistake in one entry must not take the other models away, so mistakes are told
 * and not thrown, and a wrong entry counts as absent.
 */
export function parseCatalog(json: string | undefined): Configured {
  const overrides = new Map<string, Override>();
  if (json === undefined || json.trim() === "") return { overrides, problems: [] };
  const entries = entriesOf(json);
  if (typeof entries === "string") return { overrides, problems: [entries] };
  const problems: string[] = [];
  for (const [id, value] of entries) {
    const parsed = z.tuple([Id, Override]).safeParse([id, value]);
    if (parsed.success) {
      overrides.set(...parsed.data);
      continue;
    }
    const issue = parsed.error.issues[0];
    const where = [id, ...(issue?.path.slice(1) ?? [])].join(".");
    problems.push(`MODEL_CATALOG is not valid at ${where}: ${issue?.message ?? "unexpected shape"}`);
  }
  return { overrides, problems };
}

function entriesOf(json: string): [string, unknown][] | string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return "MODEL_CATALOG is not valid JSON";
  }
  return isObject(value) ? Object.entries(value) : "MODEL_CATALOG is not a JSON object of entries by id";
}
