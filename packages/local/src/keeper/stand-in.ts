/**
 * Where Miniflare would start workerd as a child of its own process, it gets a stand-in for that child: the keeper
 * starts workerd, and what it says and does comes back.
 */
import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { PassThrough, Writable } from "node:stream";
import { constants, gzip } from "node:zlib";
import type { Keeper } from "./connect.ts";

/** What Miniflare is told to start instead of workerd. */
const command = "kept-workerd";

interface SpawnOptions {
  env: Record<string, string | undefined>;
}

export interface StandIns extends Disposable {
  /** Port by the name of the socket, as workerd said it last. */
  readonly ports: ReadonlyMap<string, number>;
}

/** From here on, and until disposed, what Miniflare starts is the keeper's. Call before Miniflare is loaded. */
export function standInFor(keeper: Keeper): StandIns {
  const childProcess = createRequire(import.meta.url)("node:child_process") as {
    spawn: (...args: unknown[]) => unknown;
  };
  const spawn = childProcess.spawn;
  const variable = "MINIFLARE_WORKERD_PATH";
  const binary = process.env[variable];
  const ports = new Map<string, number>();
  process.env[variable] = command;
  childProcess.spawn = (...args) => {
    if (args[0] !== command) return spawn(...args);
    const { env } = args[2] as SpawnOptions;
    // Else the keeper would take the stand-in for workerd as well.
    return new RuntimeStandIn(keeper, args[1] as string[], { ...env, [variable]: binary }, ports);
  };
  return {
    ports,
    [Symbol.dispose]: () => {
      childProcess.spawn = spawn;
      if (binary === undefined) delete process.env[variable];
      else process.env[variable] = binary;
    },
  };
}

/** As much of a `ChildProcess` as Miniflare uses. */
class RuntimeStandIn extends EventEmitter {
  readonly stdin: Writable;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly stdio: readonly unknown[];
  readonly #keeper: Keeper;

  constructor(keeper: Keeper, args: readonly string[], env: SpawnOptions["env"], ports: Map<string, number>) {
    super();
    this.#keeper = keeper;
    const control = new PassThrough();
    keeper.onRuntime((event) => {
      if (event.type === "output") this[event.stream].write(`${event.text}\n`);
      else if (event.type === "control") {
        note(event.text, ports);
        control.write(`${event.text}\n`);
      } else this.emit("exit", event.code, event.signal);
    });
    const chunks: Buffer[] = [];
    this.stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk);
        done();
      },
      final: (done) => {
        gzip(Buffer.concat(chunks), { level: constants.Z_BEST_SPEED }, (error, config) => {
          done(error);
          if (error === null) void keeper.ask({ type: "start", start: { args, env, config } });
        });
      },
    });
    this.stdio = [this.stdin, this.stdout, this.stderr, control];
  }

  /** However it is asked to, it is killed. */
  kill(): boolean {
    void this.#keeper.ask({ type: "kill" });
    return true;
  }
}

function note(line: string, ports: Map<string, number>): void {
  const { socket, port } = JSON.parse(line) as { socket?: string; port?: number };
  if (socket !== undefined && port !== undefined) ports.set(socket, port);
}
