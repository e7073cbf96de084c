/** A model server that counts, as a process of its own: nothing that the test does delays what it sees. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Times are milliseconds of the server's own clock. */
export interface StrictCounts {
  requests: number;
  /** Those that came beyond the limit. */
  refused: number;
  failed: number;
  firstAt: number;
  lastAt: number;
}

export interface StrictUpstream {
  /** Base URL for `MODEL_SERVERS`. */
  baseUrl: string;
  counts(): Promise<StrictCounts>;
  stop(): void;
}

/** Takes `perSecond` requests a second, of which it lets as many come at once, and fails each `failEvery`th of them, once. */
export async function startStrictUpstream(limits: {
  perSecond: number;
  failEvery: number;
}): Promise<StrictUpstream> {
  const script = fileURLToPath(new URL("strict-server.ts", import.meta.url));
  const child = fork(script, [String(limits.perSecond), String(limits.failEvery)], {
    execArgv: ["--conditions=orrery-source"],
  });
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  return {
    baseUrl: url,
    async counts() {
      const answer = once(child, "message");
      child.send("counts");
      const [counts] = (await answer) as [StrictCounts];
      return counts;
    },
    stop: () => void child.kill("SIGKILL"),
  };
}
