/** A second request beside a slow first one. */
import type { Clock } from "../clock.ts";

/** A request under way: `first` settles with the first thing that is heard of it. */
export interface Runner<Value> {
  first: Promise<Value>;
}

/**
 * The runner that is heard first, and what was heard. A second is started once the first has been silent for
 * `afterMs`, or not at all where `second` declines with null, as it should once it is withdrawn; a runner that
 * fails leaves the race to the other.
 * Source: https://research.google/pubs/the-tail-at-scale/ (hedged requests)
 * @throws what the last of them failed with
 */
export async function hedged<Value, R extends Runner<Value>>(
  first: R & Runner<Value>,
  second: (withdrawn: AbortSignal) => Promise<(R & Runner<Value>) | null>,
  afterMs: number,
  clock: Clock,
): Promise<{ won: R; value: Value }> {
  const heard = settled<Value, R>(first);
  if ((await Promise.race([heard, timer(clock, afterMs, heard)])) !== "late") return unwrap(await heard);
  const withdrawal = new AbortController();
  const opening = second(withdrawal.signal);
  // It may have to wait for its turn, and then must not make the first wait for it.
  void heard.then((outcome) => {
    if ("value" in outcome) withdrawal.abort();
  });
  const other = await opening;
  if (other === null) return unwrap(await heard);
  const otherHeard = settled<Value, R>(other);
  const earlier = await Promise.race([heard, otherHeard]);
  if ("value" in earlier) return unwrap(earlier);
  return unwrap(await (earlier.runner === first ? otherHeard : heard));
}

type Settled<Value, R> = { runner: R; value: Value } | { runner: R; error: unknown };

const settled = <Value, R extends Runner<Value>>(runner: R): Promise<Settled<Value, R>> =>
  runner.first.then(
    (value) => ({ runner, value }),
    (error: unknown) => ({ runner, error }),
  );

function unwrap<Value, R>(outcome: Settled<Value, R>): { won: R; value: Value } {
  if ("error" in outcome) throw outcome.error;
  return { won: outcome.runner, value: outcome.value };
}

/** Resolves with `late` after a while; takes its timer back when `until` comes first. */
function timer(clock: Clock, milliseconds: number, until: Promise<unknown>): Promise<"late"> {
  return new Promise((resolve) => {
    const cancel = clock.after(milliseconds, () => resolve("late"));
    void until.then(cancel);
  });
}
