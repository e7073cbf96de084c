/** The closed list of flags: new behaviour that can be turned on, or off again, bit by bit. */

export interface KnownFlag {
  readonly description: string;
  /** What holds where nobody said otherwise. */
  readonly default: boolean;
}

export const knownFlags = {
  "fuse-ageing": {
    description:
      "A waiting task gains priority with time, so that LOW is never starved. Off: strictly HIGH, MEDIUM, LOW.",
    default: true,
  },
  "fuse-least-loaded": {
    description:
      "A task for a capability goes to the agent with the fewest tasks. Off: to the first that has it, by id.",
    default: true,
  },
  "fuse-progress": {
    description: "Tells the sender of a task about its progress by STATUS messages.",
    default: true,
  },
  "fuse-state-mirror": {
    description: "Writes an agent's state to its key in Redis. Off: the key is left as it is.",
    default: true,
  },
  "fuse-peer-writes": {
    description:
      "Takes what peers change in an agent's state in Redis, by its conflict policies. Off: it is overwritten.",
    default: true,
  },
} as const satisfies Record<string, KnownFlag>;

export type FlagId = keyof typeof knownFlags;

export const isFlagId = (name: string): name is FlagId => Object.hasOwn(knownFlags, name);

/** All of them, in the order of their names. */
export const flagIds: readonly FlagId[] = Object.keys(knownFlags).filter(isFlagId).toSorted();
