/**
 * Numbers of the calculator: exact fractions as long as the arithmetic allows, binary floating point where
 * a function leaves them (`sqrt(2)`).
 */

export type Quantity =
  | { exact: true; numerator: bigint; denominator: bigint }
  | { exact: false; value: number };

/** Digits that an exact number may grow to before it is refused. */
const digitLimit = 1_000;

const abs = (value: bigint): bigint => (value < 0n ? -value : value);

function divisor(a: bigint, b: bigint): bigint {
  let [x, y] = [abs(a), abs(b)];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** @throws RangeError on division by zero, or when the number has more than a thousand digits */
export function fraction(numerator: bigint, denominator = 1n): Quantity {
  if (denominator === 0n) throw new RangeError("division by zero");
  const sign = denominator < 0n ? -1n : 1n;
  const common = divisor(numerator, denominator) || 1n;
  const top = (sign * numerator) / common;
  const bottom = (sign * denominator) / common;
  const bound = 10n ** BigInt(digitLimit);
  if (abs(top) >= bound || bottom >= bound) {
    throw new RangeError(`the result has more than ${digitLimit} digits`);
  }
  return { exact: true, numerator: top, denominator: bottom };
}

/** @throws RangeError when the value is not a finite number */
export function approximate(value: number): Quantity {
  if (!Number.isFinite(value)) throw new RangeError("the result is not a finite number");
  return Number.isSafeInteger(value) ? fraction(BigInt(value)) : { exact: false, value };
}

export const toNumber = (quantity: Quantity): number =>
  quantity.exact ? ratio(quantity.numerator, quantity.denominator) : quantity.value;

/** Divides numbers too long for floating point by their leading digits. */
function ratio(numerator: bigint, denominator: bigint): number {
  const direct = Number(numerator) / Number(denominator);
  if (Number.isFinite(direct) && (direct !== 0 || numerator === 0n)) return direct;
  const shift = abs(numerator).toString().length - denominator.toString().length - 20;
  const scaled =
    shift > 0
      ? numerator / (denominator * 10n ** BigInt(shift))
      : (numerator * 10n ** BigInt(-shift)) / denominator;
  return Number(`${scaled}e${shift}`);
}

/** A decimal literal such as `3`, `0.25` or `1.5e-3`, exactly. @throws RangeError when its exponent is absurd */
export function parseDecimal(literal: string): Quantity {
  const match = /^(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(literal);
  const [, whole = "", decimals = "", exponent = "0"] = match ?? [];
  const power = Number(exponent) - decimals.length;
  if (Math.abs(power) > digitLimit) throw new RangeError(`the number ${literal} is out of range`);
  const digits = BigInt(`${whole}${decimals}` || "0");
  return power >= 0 ? fraction(digits * 10n ** BigInt(power)) : fraction(digits, 10n ** BigInt(-power));
}

/** `15` significant digits: what double precision holds without showing its binary rounding. */
const significant = (value: number): string => {
  const text = value.toPrecision(15);
  const [mantissa = "", exponent] = text.split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return exponent === undefined ? short : `${short}e${exponent}`;
};

/** The number in decimal, and whether those are all of its digits. */
export function formatQuantity(quantity: Quantity): { text: string; exact: boolean } {
  if (!quantity.exact) return { text: significant(quantity.value), exact: false };
  const { numerator, denominator } = quantity;
  if (denominator === 1n) return { text: numerator.toString(), exact: true };
  // A fraction ends in decimal exactly when 2 and 5 are all its denominator is made of.
  let rest = denominator;
  let places = 0;
  while (rest % 10n === 0n) [rest, places] = [rest / 10n, places + 1];
  while (rest % 5n === 0n) [rest, places] = [rest / 5n, places + 1];
  while (rest % 2n === 0n) [rest, places] = [rest / 2n, places + 1];
  if (rest !== 1n || places > 50) return { text: significant(toNumber(quantity)), exact: false };
  const digits = (abs(numerator) * (10n ** BigInt(places) / denominator) || 0n).toString();
  const padded = digits.padStart(places + 1, "0");
  const text = `${padded.slice(0, -places)}.${padded.slice(-places)}`.replace(/0+$/, "");
  return { text: numerator < 0n ? `-${text}` : text, exact: true };
}
