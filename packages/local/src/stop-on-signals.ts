import type { Launched } from "./launch.ts";

export interface StopOptions {
  /** Called when the first signal comes, before anything is stopped. */
  onSignal?: (signal: NodeJS.Signals) => void;
  /** Called when everything has stopped, before the process exits with code 0. */
  onStopped?: () => void;
}

/**
 * Stops in order on the first SIGINT, SIGTERM or SIGHUP and exits with code 0, or 1 where stopping failed;
 * a second signal exits at once. Given what is still being launched, a signal waits for it: who hears the
 * first answer of the worker may rely on a signal being an orderly end.
 */
export function stopOnSignals(
  launched: Pick<Launched, "stop"> | PromiseLike<Pick<Launched, "stop">>,
  options: StopOptions = {},
): void {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(128 + numbers[signal]);
      stopping = true;
      options.onSignal?.(signal);
      const stopped = Promise.resolve(launched).then((worker) => worker.stop());
      stopped.then(
        () => {
          options.onStopped?.();
          process.exit(0);
        },
        (error: unknown) => {
          process.stderr.write(
            `Stopping failed: ${error instanceof Error ? error.message : String(error)}\n`,
          );
          process.exit(1);
        },
      );
    });
  }
}
