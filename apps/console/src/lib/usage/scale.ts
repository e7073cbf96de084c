/** A linear axis from 0 whose marks are round numbers. */
export interface Axis {
  /** The last mark; nothing that is drawn exceeds it. */
  end: number;
  /** From 0 to `end`, evenly apart. */
  marks: number[];
}

/**
 * An axis that holds values up to `largest`, with about `wanted` steps of 1, 2 or 5 times a power of ten.
 * Source: Heckbert, "Nice Numbers for Graph Labels", Graphics Gems (1990).
 * @param smallest step that makes sense, such as 1 for things that are counted
 */
export function axisTo(largest: number, wanted = 4, smallest = 0): Axis {
  const rough = Math.max(largest, smallest, Number.MIN_VALUE) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10;
  const step = Math.max(round * power, smallest, Number.MIN_VALUE);
  const steps = Math.max(1, Math.ceil(largest / step - 1e-9));
  return { end: steps * step, marks: Array.from({ length: steps + 1 }, (_, index) => index * step) };
}
