/** The value below which `share` (0 to 1) of the samples lie, interpolated between neighbours. NaN for none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (position % 1);
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);
