import type { LogSink } from "./log.ts";

/** Waits for `work`, at most `timeout` milliseconds; that it failed is only logged. */
export async function drained(work: () => Promise<void>, timeout: number, log: LogSink): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${timeout} ms`)), timeout);
  });
  try {
    await Promise.race([work(), late]);
  } catch (error) {
    // Nothing is lost by stopping all the same: what is not finished is taken up at the next start.
    const why = error instanceof Error ? error.message : String(error);
    log({ level: "warn", source: "runtime", message: `Draining failed: ${why}` });
  } finally {
    clearTimeout(timer);
  }
}
