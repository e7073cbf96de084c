/** What the bridge needs of Redis, over whatever it is reached. */

/** A command: its name and its arguments. */
export type Command = readonly string[];

/** One connection. Answers are as in RESP2: texts, numbers, null, and lists of these. */
export interface RedisConnection {
  /** @throws Error in Redis's own words, or those of the connection that was lost */
  call(command: Command): Promise<unknown>;
  /** Sends several in one go, in order. Each is answered by itself: by an Error where it failed. */
  pipeline(commands: readonly Command[]): Promise<unknown[]>;
}

/** Connections that live and end together. */
export interface RedisLink {
  /** For whatever does not wait. */
  readonly commands: RedisConnection;
  /** Whether one command, or one script, may name keys of different hash slots: not in a cluster. */
  readonly anySlots: boolean;
  /** Whether a command may wait in Redis; where not, one has to ask again and again. */
  readonly blocking: boolean;
  /** Resolves, with the reason, when any of the connections was lost. */
  readonly lost: Promise<Error>;
  /** Another connection, for commands that wait. */
  reader(name: string): Promise<RedisConnection>;
  /** Hears what is published on channels from when this resolves. */
  subscribe(
    channels: readonly string[],
    hear: (channel: string, text: string) => void,
  ): Promise<Subscription>;
  /** Closes all of them; those who are told are told why, where there is a reason. */
  close(reason?: Error): void;
}

export interface Subscription {
  /** Listens to these channels and to no others. */
  listen(channels: readonly string[]): Promise<void>;
  /** Asks for a sign of life: a connection on which nothing comes looks like one that is dead. */
  ping(): Promise<void>;
}

/** Milliseconds within which Redis must answer what does not wait, before its connection is taken for dead. */
export const silenceMs = 4_000;
/** Milliseconds that a read waits in Redis at most. */
export const blockMs = 5_000;
