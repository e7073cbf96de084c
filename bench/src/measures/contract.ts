/** What a measure is given and what it gives back. No implementation lives here. */
import type { Subject } from "../drivers/contract.ts";
import type { Load, LoadResult } from "../load.ts";
import type { Running, Server } from "../servers.ts";

/** Names of the numbers that the bench reports. */
export type Metric =
  | "overhead-p50"
  | "overhead-p95"
  | "first-token-p50"
  | "turns-per-second"
  | "processor-per-turn"
  | "ms-per-token"
  | "overhead-early"
  | "overhead-middle"
  | "overhead-late"
  | "growth"
  | "memory-empty"
  | "memory-spoken"
  | "memory-rested"
  | "agents-per-second"
  | "disk-per-agent"
  | "cold-start"
  | "worker-gzip"
  | "route-10"
  | "route-1000"
  | "route-growth"
  | "cheap-spend"
  | "cheap-spend-harsher"
  | "cheap-missed"
  | "gateway-p50"
  | "gateway-p95"
  | "gateway-processor"
  | "gateway-settling"
  | "cache-remembered"
  | "cache-stored"
  | "fuse-tasks-per-second"
  | "fuse-http-per-second"
  | "fuse-plain-per-second"
  | "fuse-processor"
  | "fuse-added-pubsub"
  | "fuse-added-streams"
  | "fuse-signing"
  | "fuse-encrypting"
  | "fuse-drain-per-second"
  | "fuse-drain-memory"
  | "fuse-idle";

export interface Measured {
  metric: Metric;
  server: Server;
  value: number;
}

/** The surroundings of a measure: servers that run, and a client that loads them. */
export interface Bench {
  servers: readonly Server[];
  /** Fewer samples, smaller fleets, shorter rests. */
  quick: boolean;
  /** Base URL of the mock model server. */
  upstream: string;
  /** A running server, started on first use and shared by all measures that do not start their own. */
  running(server: Server): Promise<Running>;
  /** A server of one's own, on a state of its own; a second start by the same name finds its state. */
  start(server: Server, name: string): Promise<Running>;
  /** A Worker with the gateway of models alone; to be stopped by who started it. */
  startGateway(): Promise<Running>;
  run(load: Load): Promise<LoadResult>;
  /** Opens conversations with the subject under `key`; see {@link Load}. */
  open(subject: Subject, key: string, options: OpenOptions): Promise<LoadResult>;
  /** Size of a server's worker, gzipped. */
  gzipBytes(server: Server): number;
  /** Says what is going on. */
  say(line: string): void;
}

export interface OpenOptions {
  tokens: number;
  agents: number;
  concurrency: number;
  firstTurn?: boolean;
  leave?: boolean;
  /** The server to open at, where it is not the shared one. */
  at?: Running;
}

export interface Measure {
  name: string;
  /** Needs none of the servers, which then are not made ready for it. */
  needsServers?: false;
  run(bench: Bench): Promise<Measured[]>;
}
