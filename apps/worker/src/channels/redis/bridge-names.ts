import type { BridgeSettings } from "./bridge-settings.ts";

/** How what is one bridge's own is called in Redis: other bridges of the same namespace have their own beside it. */
export interface BridgeNames {
  /** Begins all of them. */
  readonly prefix: string;
  /** The consumer group by which it reads streams. */
  readonly group: string;
  readonly consumer: string;
  /** The stream of its dead letters. */
  readonly letters: string;
}

export function namesOf({ namespace, id }: Pick<BridgeSettings, "namespace" | "id">): BridgeNames {
  const prefix = `${namespace}:${id}`;
  return { prefix, group: prefix, consumer: `orrery:${id}`, letters: `${prefix}:dead-letters` };
}

/**
 * How that was called while all bridges of a namespace had it in common: what one has left there is still its own. Two
 * bridges took each other's entries, and the existing system's, where its group has the name of its namespace.
 */
export const sharedNamesOf = ({ namespace }: Pick<BridgeSettings, "namespace">) => ({
  prefix: namespace,
  group: namespace,
  letters: `${namespace}:dead-letters`,
});

/** For whom a message in one of a bridge's channels is, as its signature says. */
export const audienceOf = ({ namespace }: Pick<BridgeSettings, "namespace">, channel: string): string =>
  `${namespace}/${channel}`;

/** The part of a key that decides on its slot in a cluster. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags */
export const hashTagOf = (key: string): string => /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;
