/** Bringing two copies of an agent's state together, field by field. Pure. */
import type { ConflictPolicy } from "@orrery/protocol";
import type { Conflicts } from "../contract.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type Fields = Readonly<Record<string, Json>>;

/** Three copies of the same fields: as both sides last had them, and as each has them now. */
export interface Copies {
  /** What theirs was made from: not the newest where a peer read long ago and wrote now. Null where there is none. */
  readonly base: Fields | null;
  readonly ours: Fields;
  readonly theirs: Fields;
}

/** Whether two values say the same; the order of an object's fields says nothing. */
export function isEqual(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return (
      one.length === other.length && one.every((item, place) => isEqual(item as Json, other[place] as Json))
    );
  }
  if (!isObject(one) || !isObject(other)) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => isEqual(one[name], other[name]));
}

const isObject = (value: Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const policyOf = (policies: Conflicts, field: string): ConflictPolicy =>
  policies[field] ?? policies["*"] ?? "object-wins";

/**
 * The state that both sides are to have. A field that one side changed is that side's; one that both changed goes by
 * its policy. Done twice, with either side already changed, it comes to the same. Where there never was a common state,
 * both are merged, whatever the policies say: neither side's was meant to replace the other's.
 */
export function mergeStates({ base, ours, theirs }: Copies, policies: Conflicts): Fields {
  const merged: Record<string, Json> = {};
  for (const field of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const was = base?.[field];
    const one = ours[field];
    const other = theirs[field];
    const weChanged = one !== undefined && (base === null || !isEqual(one, was));
    const theyChanged = other !== undefined && (base === null || !isEqual(other, was));
    const value =
      weChanged && theyChanged
        ? resolved(was, one, other, base === null ? "merge" : policyOf(policies, field))
        : theyChanged
          ? other
          : (one ?? was ?? other);
    if (value !== undefined) merged[field] = value;
  }
  return merged;
}

function resolved(was: Json | undefined, ours: Json, theirs: Json, policy: ConflictPolicy): Json {
  if (policy === "redis-wins") return theirs;
  if (policy === "object-wins") return ours;
  return mergeValues(was, ours, theirs);
}

/**
 * Two changes of one value as one: lists are sets to which both added and from which both removed; numbers and times
 * only grow, so the greater is the later; objects are merged field by field; of anything else ours is kept.
 */
function mergeValues(was: Json | undefined, ours: Json, theirs: Json): Json {
  if (isEqual(ours, theirs)) return ours;
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    return mergeSets(Array.isArray(was) ? was : [], ours as Json[], theirs as Json[]);
  }
  if (isObject(ours) && isObject(theirs)) {
    return mergeStates({ base: isObject(was) ? was : {}, ours, theirs }, { "*": "merge" });
  }
  if (typeof ours === "number" && typeof theirs === "number") return Math.max(ours, theirs);
  if (isTime(ours) && isTime(theirs)) return ours > theirs ? ours : theirs;
  return ours ?? theirs;
}

/** A time as our API writes it; two of them sort by their text. */
const isTime = (value: Json): value is string =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);

function mergeSets(was: readonly Json[], ours: readonly Json[], theirs: readonly Json[]): Json[] {
  const has = (list: readonly Json[], item: Json) => list.some((other) => isEqual(other, item));
  const merged: Json[] = [];
  for (const item of [...ours, ...theirs]) {
    if (has(merged, item)) continue;
    const removed = has(was, item) && !(has(ours, item) && has(theirs, item));
    if (!removed) merged.push(item);
  }
  return merged;
}
