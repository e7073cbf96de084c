/**
 * What a starter and its keeper say to each other. The keeper is the small process that stays: it owns the lock and
 * workerd. The starter loads Miniflare, has workerd started, and is gone once it serves.
 */

/** workerd as Miniflare would have started it. */
export interface RuntimeStart {
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** What workerd reads from its standard input, gzipped: megabytes, which the keeper holds for a start after a crash. */
  config: Uint8Array;
}

/** What the keeper has to know to go on alone. */
export interface Serving {
  url: string;
  /** Where the databases lie that are folded in the end. */
  dataPath: string;
  /** Says who holds the state; removed in the end. */
  holderPath: string;
  /** `name=host:port` of sockets that got any free port: after a crash they must be the same. */
  sockets: readonly string[];
  /** What the program that starts has to say to the one that stays, such as a token to drain with. */
  note: unknown;
}

/** Each is answered once, with the value named here. */
export type Request =
  /** Takes the lock: whether it was free. */
  | { type: "lock"; path: string }
  | { type: "unlock" }
  /** Prepares a directory for one workerd, empty. */
  | { type: "guard"; directory: string }
  /** After workerd has ended: the directory goes. */
  | { type: "release" }
  | { type: "start"; start: RuntimeStart }
  | { type: "kill" }
  /** Answered once everything that workerd said before has been passed on. The starter's last. */
  | { type: "hand-over"; serving: Serving };

export type Call = { call: number; request: Request };

export type Answer = { call: number; value: boolean } | { call: number; error: string };

/** What workerd does, until it is handed over. */
export type RuntimeEvent =
  /** Whole lines. */
  | { type: "output"; stream: "stdout" | "stderr"; text: string }
  /** A line of the pipe on which workerd says where it listens. */
  | { type: "control"; text: string }
  | { type: "exit"; code: number | null; signal: NodeJS.Signals | null };

export type FromKeeper = Answer | RuntimeEvent;
