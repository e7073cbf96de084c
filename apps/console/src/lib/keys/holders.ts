import type { Key } from "@orrery/protocol";

/** The keys of one holder, active ones first. */
export interface HolderKeys {
  /** Tells holders apart. */
  id: string;
  kind: Key["holder"]["kind"];
  /** The agent whose keys these are. */
  agentId?: string;
  /** The peer's name; empty for others. */
  name: string;
  keys: Key[];
}

const kinds: readonly Key["holder"]["kind"][] = ["workspace", "agent", "peer"];
const statuses: readonly Key["status"][] = ["active", "retiring", "retired"];

function holderOf({ holder }: Key): Omit<HolderKeys, "keys"> {
  switch (holder.kind) {
    case "workspace":
      return { id: "workspace", kind: "workspace", name: "" };
    case "agent":
      return { id: `agent:${holder.agentId}`, kind: "agent", agentId: holder.agentId, name: "" };
    case "peer":
      return { id: `peer:${holder.name}`, kind: "peer", name: holder.name };
  }
}

/** Keys by whose they are: the workspace's, then agents', then peers'. */
export function byHolder(keys: readonly Key[]): HolderKeys[] {
  const groups = new Map<string, HolderKeys>();
  for (const key of keys) {
    const holder = holderOf(key);
    const group = groups.get(holder.id) ?? { ...holder, keys: [] };
    group.keys.push(key);
    groups.set(holder.id, group);
  }
  const rank = ({ status }: Key) => statuses.indexOf(status);
  for (const group of groups.values()) {
    group.keys.sort((one, other) => rank(one) - rank(other) || other.createdAt.localeCompare(one.createdAt));
  }
  return [...groups.values()].sort(
    (one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind) || one.name.localeCompare(other.name),
  );
}
