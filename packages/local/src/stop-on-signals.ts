import type { Launched } from "./launch.ts";

export interface StopOptions {
  /** Called when the first signal comes, before anything is stopped. */
  onSignal?: (signal: NodeJS.Signals) => void;
  /** Called when everything has stopped, before the process exits with code 0. */
  onStopped?: () => void;
}

/**
 * Stops in order on the first SIGINT, SIGTERM or SIGHUP and exits with code 0, or 1 where stopping failed;
 * a second signal exits at once.
 */
export function stopOnSignals(launched: Pick<Launched, "stop">, options: StopOptions = {}): void {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(128 + numbers[signal]);
      stopping = true;
      options.onSignal?.(signal);
      launched.stop().then(
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
