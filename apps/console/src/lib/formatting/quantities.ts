const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

const share = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

export const count = (value: number): string => whole.format(value);

/** 128000 → "128K". */
export const shortCount = (value: number): string => compact.format(value);

/** "1 agent", "2 agents". */
export const countOf = (value: number, noun: string): string =>
  `${whole.format(value)} ${noun}${value === 1 ? "" : "s"}`;

/** 0.125 → "12.5%"; a share so small that it would read as none is "<0.1%". */
export const percent = (value: number): string =>
  value > 0 && value < 0.0005 ? "<0.1%" : share.format(value);

/** "712 B", "48 KB", "1.2 MB" (of 1024). */
export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  if (size < 1024 * 1024) return `${Math.round(size / 1024)} KB`;
  return `${(size / (1024 * 1024)).toFixed(1)} MB`;
}

/** Millionths of a dollar as dollars, with as many digits as say something. */
export function dollars(micros: number): string {
  if (micros === 0) return "$0";
  const value = micros / 1_000_000;
  if (value >= 0.01) return `$${value.toFixed(2)}`;
  return `$${value.toPrecision(2)}`;
}
