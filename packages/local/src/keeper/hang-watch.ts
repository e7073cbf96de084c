/**
 * Notices a runtime that works and answers nobody: a loop that does not end holds up all that runs there, and no timer
 * in it would.
 *
 * What counts is the processor time that its one thread has used since it last answered, and no clock: a machine that
 * is busy, asleep or out of breath, a process that was stopped by a signal or by a debugger, a slow disk, and a keeper
 * that was itself stopped, all let time pass in which the runtime has done nothing wrong.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";

export interface HangOptions {
  /** What is asked for, over HTTP: any answer will do. */
  path: string;
  /** Milliseconds of processor time without one. */
  limitMs: number;
}

/** Milliseconds between two looks, at most. */
const longestPause = 5_000;

/** How a runtime is looked at. */
export interface Sight {
  /** Milliseconds of processor time that it has used so far; null where that cannot be known. */
  used(): number | null;
  /** Resolves when it has answered, or could not be asked; never, as long as it takes the question and says nothing. */
  ask(): Promise<void>;
}

/** Decides by looks at any times. */
export class HangWatch {
  readonly #sight: Sight;
  readonly #limitMs: number;
  #usedWhenAnswered: number | null;
  #isAsking = false;

  constructor(sight: Sight, limitMs: number) {
    this.#sight = sight;
    this.#limitMs = limitMs;
    this.#usedWhenAnswered = sight.used();
  }

  /** Asks, unless an answer is still awaited. Whether it has worked for too long without one. */
  look(): boolean {
    const used = this.#sight.used();
    if (used === null || this.#usedWhenAnswered === null) return false;
    if (!this.#isAsking) {
      this.#isAsking = true;
      void this.#sight.ask().then(() => {
        this.#isAsking = false;
        this.#usedWhenAnswered = this.#sight.used();
      });
    }
    return used - this.#usedWhenAnswered >= this.#limitMs;
  }
}

/** Calls `onHang` once, should the process hang that listens at `url`. Returns what ends the watch. */
export function watchForHang(
  pid: number,
  url: string,
  { path, limitMs }: HangOptions,
  onHang: () => void,
): () => void {
  const address = new URL(path, url);
  const watch = new HangWatch({ used: () => processorTime(pid), ask: () => answered(address) }, limitMs);
  const timer = setInterval(
    () => {
      if (!watch.look()) return;
      clearInterval(timer);
      onHang();
    },
    Math.min(longestPause, limitMs / 4),
  );
  timer.unref();
  return () => clearInterval(timer);
}

/** Linux counts in hundredths of a second, whatever its own clock does. */
const millisecondsOfTick = 10;

/** Of the first thread of a process, which is the one that runs everything in workerd. Source: proc_pid_stat(5) */
function processorTime(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, "latin1");
    // The name before it may hold anything, closing brackets too.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [user, system] = [Number(fields[11]), Number(fields[12])];
    return Number.isNaN(user + system) ? null : (user + system) * millisecondsOfTick;
  } catch {
    // It has ended, or there is no such place on this system.
    return null;
  }
}

/**
 * Resolves when something came back, or a connection could not be made or was ended, which a runtime that hangs does not
 * do. Node's HTTP client would take more memory than all of the keeper.
 */
function answered({ hostname, port, host, pathname }: URL): Promise<void> {
  return new Promise((resolve) => {
    // Addresses of IPv6 stand between brackets in a URL, and nowhere else.
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) });
    socket.unref();
    const end = (): void => {
      socket.destroy();
      resolve();
    };
    socket.once("connect", () => {
      socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    });
    socket.once("data", end);
    socket.once("error", end);
    socket.once("close", end);
  });
}
