/**
 * An agent's state as it lies in `agent:{id}:state`: JSON, or a hash whose fields hold texts and JSON. Besides the
 * fields that both sides keep, it has what peers put there, which stays; `version`, which grows by each of our writes;
 * and in JSON `stamps`, the version at which each field changed last.
 */
import { FuseAgentState, timestamp } from "@orrery/protocol";
import { z } from "zod";
import { timeOf } from "../messages/fields.ts";
import { type Fields, type Json, isEqual } from "./merge.ts";

/** What Redis has under the key. */
export interface StateDocument {
  /** `none`: nothing, or nothing that can be read. `other`: a type that holds no state. */
  readonly kind: "none" | "json" | "hash" | "other";
  /** To tell whether it is still the same: the JSON as text, or the hash's fields. */
  readonly raw: string | null | Readonly<Record<string, string>>;
  /** Its fields that both sides keep, as far as they can be understood. */
  readonly fields: Fields;
  readonly version: number | null;
  /** All that is there. */
  readonly whole: Readonly<Record<string, unknown>>;
}

/** Fields of the state that both sides keep; the id is the key's. */
export const fieldsOfState = ({ status, capabilities, metrics }: FuseAgentState): Fields => ({
  status,
  capabilities,
  metrics,
});

const asleep = new Set(["inactive", "offline", "stopped", "disabled", "dead", "terminated"]);

const Capabilities = FuseAgentState.shape.capabilities;
const Metrics = z.looseObject({
  requestsHandled: FuseAgentState.shape.metrics.shape.requestsHandled.optional().catch(undefined),
  lastActive: z.unknown(),
});

/** Reads what peers wrote as well as it can be read: a field that makes no sense is as one that is not there. */
export function readFields(whole: Readonly<Record<string, unknown>>): Fields {
  const fields: Record<string, Json> = {};
  const { status } = whole;
  if (typeof status === "string" && status.trim() !== "") {
    fields["status"] = asleep.has(status.trim().toLowerCase()) ? "inactive" : "active";
  }
  const capabilities = Capabilities.safeParse(listOf(whole["capabilities"]));
  if (capabilities.success) {
    const kept = capabilities.data
      .map((name) => name.trim())
      .filter((name) => name !== "" && name.length <= 64);
    fields["capabilities"] = [...new Set(kept)].slice(0, 64);
  }
  const metrics = Metrics.safeParse(parsed(whole["metrics"]));
  if (metrics.success && metrics.data.requestsHandled !== undefined) {
    const lastActive = timeOf(metrics.data.lastActive);
    fields["metrics"] = {
      requestsHandled: metrics.data.requestsHandled,
      lastActive: lastActive === null ? null : timestamp(lastActive),
    };
  }
  return fields;
}

/** JSON where a text holds some, else the text. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    // A plain text, as hashes hold them.
    return value;
  }
}

/** A list, also from JSON or from names between commas. */
function listOf(value: unknown): unknown {
  const read = parsed(value);
  return typeof read === "string" ? read.split(",") : read;
}

const versionOf = (whole: Readonly<Record<string, unknown>>): number | null => {
  const version = Number(whole["version"]);
  return Number.isSafeInteger(version) && version > 0 ? version : null;
};

const nothing = (raw: string | null, kind: "none" | "other" = "none"): StateDocument => ({
  kind,
  raw,
  fields: {},
  version: null,
  whole: {},
});

/** Reads what {@link readScript} answers. */
export function documentOf(answer: unknown): StateDocument {
  const [kind, ...rest] = z.array(z.string()).parse(answer);
  if (kind === "hash") {
    const whole: Record<string, string> = {};
    for (let at = 0; at + 1 < rest.length; at += 2) whole[rest[at] ?? ""] = rest[at + 1] ?? "";
    return { kind, raw: whole, fields: readFields(whole), version: versionOf(whole), whole };
  }
  const [raw] = rest;
  if (kind !== "string" && kind !== "none") return nothing(kind ?? null, "other");
  if (raw === undefined) return nothing(null);
  const whole = parsed(raw);
  if (typeof whole !== "object" || whole === null || Array.isArray(whole)) return nothing(raw);
  const object = whole as Record<string, unknown>;
  return { kind: "json", raw, fields: readFields(object), version: versionOf(object), whole: object };
}

/** What is to be written so that the document holds `fields`; a hash gets the fields that differ alone. */
export function written(
  document: StateDocument,
  id: string,
  fields: Fields,
  version: number,
): string | Record<string, string> {
  const changed = Object.keys(fields).filter((name) => !isEqual(fields[name], document.fields[name]));
  if (document.kind === "hash") {
    const texts = changed.map((name) => [name, textOf(fields[name] ?? null)] as const);
    return { ...Object.fromEntries(texts), version: String(version) };
  }
  const { stamps } = document.whole;
  return JSON.stringify({
    id,
    ...document.whole,
    // A field that says the same in a peer's own words keeps them.
    ...Object.fromEntries(changed.map((name) => [name, fields[name]])),
    version,
    stamps: {
      ...(typeof stamps === "object" ? stamps : null),
      ...Object.fromEntries(changed.map((name) => [name, version])),
    },
  });
}

const textOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));
