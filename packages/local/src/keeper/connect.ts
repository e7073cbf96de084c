/** The starter's side: workerd, the lock and the runtime's directory are the keeper's. */
import type { FileLock } from "../state/file-lock.ts";
import { keeperMark } from "./mark.ts";
import type { Call, FromKeeper, Request, RuntimeEvent, Serving } from "./messages.ts";

/** The process that stays, as the one sees it that starts a runtime for it. */
export interface Keeper {
  pid: number;
  /** As `tryFileLock`, held by the keeper. */
  tryLock(path: string): Promise<FileLock | null>;
  ask(request: Request): Promise<boolean>;
  /** Called with what the runtime does, for one at a time. */
  onRuntime(listener: (event: RuntimeEvent) => void): void;
  /** Leaves everything to the keeper, and ends this process. */
  handOver(serving: Serving): Promise<never>;
}

/** The keeper that has started this process; null where nobody has, and everything is this process's own. */
export function connectKeeper(): Keeper | null {
  if (process.env[keeperMark] === undefined || process.send === undefined) return null;
  delete process.env[keeperMark];
  let calls = 0;
  let listener: (event: RuntimeEvent) => void = () => undefined;
  const waiting = new Map<number, PromiseWithResolvers<boolean>>();
  process.on("message", (message: FromKeeper) => {
    if ("type" in message) return listener(message);
    const answer = waiting.get(message.call);
    waiting.delete(message.call);
    if (waiting.size === 0) process.channel?.unref();
    if ("error" in message) answer?.reject(new Error(message.error));
    else answer?.resolve(message.value);
  });
  // A start that is refused ends this process, which would otherwise wait for the keeper's next word.
  process.channel?.unref();
  // What is half started is nobody's without its keeper; workerd has ended with it.
  process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
  // A signal to the whole group is the keeper's to answer, and it lets the start come to its end.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

  const ask = (request: Request): Promise<boolean> => {
    const answer = Promise.withResolvers<boolean>();
    const call: Call = { call: (calls += 1), request };
    waiting.set(call.call, answer);
    process.channel?.ref();
    process.send?.(call);
    return answer.promise;
  };
  return {
    pid: process.ppid,
    ask,
    async tryLock(path) {
      if (!(await ask({ type: "lock", path }))) return null;
      const release = (): void => void ask({ type: "unlock" });
      return { release, [Symbol.dispose]: release };
    },
    onRuntime: (next) => {
      listener = next;
    },
    async handOver(serving) {
      await ask({ type: "hand-over", serving });
      // What came before is with Miniflare, which passes it on in a moment.
      await new Promise((resolve) => setTimeout(resolve, 20));
      // Not an exit: Miniflare would remove what workerd uses.
      process.kill(process.pid, "SIGKILL");
      return new Promise(() => undefined);
    },
  };
}
