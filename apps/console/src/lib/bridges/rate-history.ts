/** Messages a second that came and went, at the end of the time they were counted for. */
export interface RatePoint {
  /** Epoch milliseconds. */
  at: number;
  received: number;
  sent: number;
}

/** Counts of a channel since its bridge was made, as they were at a time. */
export interface RateSample {
  at: number;
  received: number;
  sent: number;
}

/** Points that are kept: two minutes of a sample every two seconds. */
export const historyLength = 60;

/**
 * The rates that successive counts come to. Counts that went down are another bridge's, or those of one that was
 * reset: the history then begins anew, as it does after a pause in which nobody looked.
 * @param pauseMs the longest time between two samples over which an average still says something
 */
export function addSample({ last, points }: RateHistory, sample: RateSample, pauseMs = 15_000): RateHistory {
  const elapsed = last === undefined ? 0 : sample.at - last.at;
  if (last === undefined || elapsed > pauseMs || sample.received < last.received || sample.sent < last.sent) {
    return { last: sample, points: [] };
  }
  if (elapsed <= 0) return { last, points };
  const point: RatePoint = {
    at: sample.at,
    received: ((sample.received - last.received) / elapsed) * 1_000,
    sent: ((sample.sent - last.sent) / elapsed) * 1_000,
  };
  return { last: sample, points: [...points, point].slice(-historyLength) };
}

/** What {@link addSample} builds; begin with {@link noHistory}. */
export interface RateHistory {
  readonly last: RateSample | undefined;
  readonly points: readonly RatePoint[];
}

export const noHistory: RateHistory = { last: undefined, points: [] };
