/** Amounts of dollars as people type them. Inside, money is integer micro-dollars. */

const plain = /^(\d{1,9})(?:\.(\d{1,6}))?$/;
const grouped = /^\d{1,3}(,\d{3})+(\.\d{1,6})?$/;

/** "12.50", "$1,000" → micro-dollars; undefined where that is no amount, or finer than a millionth. */
export function microsOf(text: string): number | undefined {
  const typed = text.trim().replace(/^\$\s*/, "");
  const digits = grouped.test(typed) ? typed.replaceAll(",", "") : typed;
  const [, whole, fraction = ""] = plain.exec(digits) ?? [];
  return whole === undefined ? undefined : Number(whole) * 1_000_000 + Number(fraction.padEnd(6, "0"));
}

/** Micro-dollars as one would type them: "12.50", "0.000125". */
export function amountOf(micros: number): string {
  const fraction = String(micros % 1_000_000).padStart(6, "0");
  return `${Math.floor(micros / 1_000_000)}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, "")}`;
}
