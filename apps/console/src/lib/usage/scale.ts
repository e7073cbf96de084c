/** A linear axis from 0 whose marks are round numbers. */
export interface Axis {
  /** The last mark; nothing that is drawn exceeds it. */
  end: number;
  /** From one mark to the next. */
  step: number;
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
  return { end: steps * step, step, marks: Array.from({ length: steps + 1 }, (_, index) => index * step) };
}

/**
 * Millionths of a dollar as a mark of an axis: with the digits that its step needs and no more, so that all
 * marks of an axis have equally many. Zero has none.
 * @param step from one mark to the next: 1, 2 or 5 times a power of ten
 */
export function dollarMark(micros: number, step: number): string {
  if (micros === 0) return "$0";
  const needed = 6 - Math.floor(Math.log10(step));
  // Cents come in pairs.
  const digits = needed <= 0 ? 0 : Math.max(2, needed);
  const format = new Intl.NumberFormat("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `$${format.format(micros / 1_000_000)}`;
}
