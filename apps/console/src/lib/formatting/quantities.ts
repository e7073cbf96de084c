const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

const cents = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const fractions = new Intl.NumberFormat("en", {
  style: "currency",
  currency: "USD",
  maximumSignificantDigits: 2,
});

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

/** Tokens read and written: "1,827 in · 85 out". */
export const inAndOut = (input: number, output: number): string =>
  `${whole.format(input)} in · ${whole.format(output)} out`;

/** "712 B", "48 KB", "1.2 MB", "10 MB" (of 1024). */
export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  if (size < 1024 * 1024) return `${Math.round(size / 1024)} KB`;
  return `${(size / (1024 * 1024)).toFixed(1).replace(/\.0$/, "")} MB`;
}

/** Millionths of a dollar as dollars: to the cent, and what is less than a cent by the digits that say something. */
export function dollars(micros: number): string {
  if (micros === 0) return "$0";
  return (micros >= 10_000 ? cents : fractions).format(micros / 1_000_000);
}
