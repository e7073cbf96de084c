import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subject } from "./drivers/contract.ts";
import { LoadClient } from "./load-client.ts";
import type { Load, LoadResult } from "./load.ts";
import type { Bench, OpenOptions } from "./measures/contract.ts";
import { installPeers } from "./peer-bundle.ts";
import { killAll, leaveToReaper } from "./process-tree.ts";
import { prepare, start, startGateway, startUpstream } from "./servers.ts";
import type { Running, Server } from "./servers.ts";

/** The surroundings of one run of the bench: its scratch directory, upstream, client and servers. */
export class BenchRun implements Bench {
  readonly servers: readonly Server[];
  readonly quick: boolean;
  readonly upstream: string;
  readonly #scratch: string;
  readonly #client = new LoadClient();
  readonly #shared = new Map<Server, Running>();
  readonly #sizes: ReadonlyMap<Server, number>;

  private constructor(
    options: { servers: readonly Server[]; quick: boolean },
    scratch: string,
    upstream: string,
    sizes: ReadonlyMap<Server, number>,
  ) {
    this.servers = options.servers;
    this.quick = options.quick;
    this.#scratch = scratch;
    this.upstream = upstream;
    this.#sizes = sizes;
  }

  /** Installs and bundles what is needed, and starts the upstream. */
  static async begin(options: { servers: readonly Server[]; quick: boolean }): Promise<BenchRun> {
    const scratch = mkdtempSync(join(tmpdir(), "orrery-bench-"));
    leaveToReaper({ directory: scratch });
    process.once("exit", () => {
      killAll();
      rmSync(scratch, { recursive: true, force: true });
    });
    if (options.servers.some((server) => server !== "orrery")) await installPeers();
    const sizes = new Map<Server, number>();
    for (const server of options.servers) sizes.set(server, await prepare(server, scratch));
    return new BenchRun(options, scratch, await startUpstream(), sizes);
  }

  async running(server: Server): Promise<Running> {
    const running = this.#shared.get(server) ?? (await this.start(server, `shared-${server}`));
    this.#shared.set(server, running);
    return running;
  }

  start(server: Server, name: string): Promise<Running> {
    return start(server, { name, upstream: this.upstream, scratch: this.#scratch });
  }

  startGateway(): Promise<Running> {
    return startGateway({ upstream: this.upstream, scratch: this.#scratch });
  }

  gzipBytes(server: Server): number {
    return this.#sizes.get(server) ?? Number.NaN;
  }

  run(load: Load): Promise<LoadResult> {
    return this.#client.run(load);
  }

  async open(subject: Subject, key: string, options: OpenOptions): Promise<LoadResult> {
    const { tokens, agents, concurrency, firstTurn = false, leave = false, at } = options;
    const address =
      subject === "direct" ? { url: this.upstream } : (at ?? (await this.running(subject))).address;
    const model = `mock-${tokens}x0`;
    const result = await this.#client.run({
      do: "open",
      key,
      subject,
      address,
      model,
      tokens,
      agents,
      concurrency,
      firstTurn,
      leave,
    });
    return result;
  }

  say(line: string): void {
    console.error(`  ${line}`);
  }

  /** Stops the servers that measures share, so that those with servers of their own have the machine. */
  async stopShared(): Promise<void> {
    for (const running of this.#shared.values()) await running.stop();
    this.#shared.clear();
  }
}
