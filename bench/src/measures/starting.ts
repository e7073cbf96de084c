import { median } from "../statistics.ts";
import type { Measure } from "./contract.ts";

/** From the start of the server's process, on a state that exists, to the end of its first turn. */
export const coldStart: Measure = {
  name: "cold-start",
  async run(bench) {
    const options = { tokens: 50, agents: 1, concurrency: 1, firstTurn: true, leave: true };
    const seconds = new Map(bench.servers.map((server) => [server, [] as number[]]));
    for (let round = 0; round <= (bench.quick ? 2 : 5); round++) {
      for (const [server, found] of seconds) {
        const startedAt = performance.now();
        const running = await bench.start(server, `cold-${server}`);
        await bench.open(server, "cold", { ...options, at: running });
        // The first round makes the state, and whatever else is made once.
        if (round > 0) found.push((performance.now() - startedAt) / 1_000);
        await running.stop();
      }
    }
    return [...seconds].map(([server, found]) => ({
      metric: "cold-start",
      server,
      value: median(found),
    }));
  },
};

/** What is sent to Cloudflare, or read at every start. */
export const workerSize: Measure = {
  name: "size",
  run(bench) {
    return Promise.resolve(
      bench.servers.map((server) => ({
        metric: "worker-gzip",
        server,
        value: bench.gzipBytes(server) / 1024,
      })),
    );
  },
};
