import type { Key } from "@orrery/client";
import { oneLine } from "../output/text.ts";
import type { Session } from "../session.ts";

/** Whose key it is, in a word or two. */
export function holderText({ holder }: Key): string {
  if (holder.kind === "workspace") return "workspace";
  return holder.kind === "agent" ? `agent ${holder.agentId}` : `peer ${oneLine(holder.name)}`;
}

export const stateText = ({ status, endsAt }: Key): string =>
  status === "retiring" && endsAt !== null ? `retiring until ${endsAt}` : status;

export function paintState({ status }: Key, text: string, { style }: Session): string {
  if (status === "active") return style.green(text);
  return status === "retiring" ? style.yellow(text) : style.dim(text);
}

export function keyView(key: Key, session: Session): string {
  const { publicJwk } = key;
  return session.facts([
    ["id", key.id],
    ["use", key.use],
    ["algorithm", publicJwk === undefined ? key.algorithm : `${key.algorithm} (${publicJwk.crv})`],
    ["holder", holderText(key)],
    ["state", paintState(key, stateText(key), session)],
    ["created", key.createdAt],
    ["public", publicJwk && JSON.stringify(publicJwk)],
  ]);
}
