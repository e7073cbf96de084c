/**
 * Arithmetic, parsed by operator precedence (Pratt, "Top down operator precedence", POPL 1973) and
 * evaluated while parsing. Nothing is ever handed to the JavaScript engine to run.
 */
import {
  approximate,
  formatQuantity,
  fraction,
  parseDecimal,
  toNumber,
  type Quantity,
} from "./calculate-number.ts";
import { ExpressionError, tokensOf, type Token } from "./calculate-tokens.ts";

const constants: Record<string, number> = { pi: Math.PI, π: Math.PI, e: Math.E, tau: 2 * Math.PI };

const isNegative = (quantity: Quantity): boolean =>
  quantity.exact ? quantity.numerator < 0n : quantity.value < 0;

const negate = (x: Quantity): Quantity =>
  x.exact ? fraction(-x.numerator, x.denominator) : approximate(-x.value);

const add = (x: Quantity, y: Quantity): Quantity =>
  x.exact && y.exact
    ? fraction(x.numerator * y.denominator + y.numerator * x.denominator, x.denominator * y.denominator)
    : approximate(toNumber(x) + toNumber(y));

const multiply = (x: Quantity, y: Quantity): Quantity =>
  x.exact && y.exact
    ? fraction(x.numerator * y.numerator, x.denominator * y.denominator)
    : approximate(toNumber(x) * toNumber(y));

function divide(x: Quantity, y: Quantity): Quantity {
  if (toNumber(y) === 0) throw new RangeError("division by zero");
  return x.exact && y.exact
    ? fraction(x.numerator * y.denominator, x.denominator * y.numerator)
    : approximate(toNumber(x) / toNumber(y));
}

function floor(x: Quantity): Quantity {
  if (!x.exact) return approximate(Math.floor(x.value));
  const whole = x.numerator / x.denominator;
  return fraction(x.numerator % x.denominator < 0n ? whole - 1n : whole);
}

/** The remainder with the divisor's sign, so that `-7 % 3` is 2. */
const modulo = (x: Quantity, y: Quantity): Quantity => add(x, negate(multiply(y, floor(divide(x, y)))));

function power(base: Quantity, exponent: Quantity): Quantity {
  if (base.exact && exponent.exact && exponent.denominator === 1n) {
    const size = exponent.numerator < 0n ? -exponent.numerator : exponent.numerator;
    const digits = Math.max(base.numerator.toString().length, base.denominator.toString().length);
    if (
      size * BigInt(digits) > 10_000n &&
      !(digits === 1 && base.denominator === 1n && base.numerator ** 2n <= 1n)
    ) {
      throw new RangeError("the result has more digits than can be shown");
    }
    const times = size > 10_000n ? (size % 2n) + 2n : size;
    const [top, bottom] = [base.numerator ** times, base.denominator ** times];
    return exponent.numerator < 0n ? fraction(bottom, top) : fraction(top, bottom);
  }
  return approximate(toNumber(base) ** toNumber(exponent));
}

/** Rounds half away from zero, to `places` decimals. */
function round(x: Quantity, places: Quantity = fraction(0n)): Quantity {
  const scale = power(fraction(10n), floor(places));
  const scaled = multiply(x, scale);
  const half = fraction(1n, 2n);
  const rounded = isNegative(scaled) ? negate(floor(add(negate(scaled), half))) : floor(add(scaled, half));
  return divide(rounded, scale);
}

function factorial(x: Quantity): Quantity {
  if (!x.exact || x.denominator !== 1n || x.numerator < 0n || x.numerator > 400n) {
    throw new RangeError("a factorial needs a whole number from 0 to 400");
  }
  let product = 1n;
  for (let factor = 2n; factor <= x.numerator; factor += 1n) product *= factor;
  return fraction(product);
}

function squareRoot(x: Quantity): Quantity {
  if (isNegative(x)) throw new RangeError("the square root of a negative number is not a real number");
  const root = approximate(Math.sqrt(toNumber(x)));
  return root;
}

const float =
  (apply: (value: number) => number) =>
  (x: Quantity): Quantity =>
    approximate(apply(toNumber(x)));

const least = (x: Quantity, y: Quantity): Quantity => (isNegative(add(x, negate(y))) ? x : y);

type Apply = (...args: [Quantity, ...Quantity[]]) => Quantity;

/** Functions with how many arguments they take. Angles are in radians. */
const functions: Record<string, { least: number; most: number; apply: Apply }> = {
  sqrt: { least: 1, most: 1, apply: squareRoot },
  cbrt: { least: 1, most: 1, apply: float(Math.cbrt) },
  abs: { least: 1, most: 1, apply: (x) => (isNegative(x) ? negate(x) : x) },
  floor: { least: 1, most: 1, apply: floor },
  ceil: { least: 1, most: 1, apply: (x) => negate(floor(negate(x))) },
  round: { least: 1, most: 2, apply: (x, places) => round(x, places) },
  exp: { least: 1, most: 1, apply: float(Math.exp) },
  ln: { least: 1, most: 1, apply: float(Math.log) },
  log: { least: 1, most: 1, apply: float(Math.log10) },
  log10: { least: 1, most: 1, apply: float(Math.log10) },
  log2: { least: 1, most: 1, apply: float(Math.log2) },
  sin: { least: 1, most: 1, apply: float(Math.sin) },
  cos: { least: 1, most: 1, apply: float(Math.cos) },
  tan: { least: 1, most: 1, apply: float(Math.tan) },
  asin: { least: 1, most: 1, apply: float(Math.asin) },
  acos: { least: 1, most: 1, apply: float(Math.acos) },
  atan: { least: 1, most: 1, apply: float(Math.atan) },
  factorial: { least: 1, most: 1, apply: factorial },
  min: { least: 1, most: 100, apply: (...args) => args.reduce(least) },
  max: { least: 1, most: 100, apply: (...args) => negate(args.map(negate).reduce(least)) },
  sum: { least: 1, most: 100, apply: (...args) => args.reduce(add) },
  avg: {
    least: 1,
    most: 100,
    apply: (...args) => divide(args.reduce(add), fraction(BigInt(args.length))),
  },
};

/** How tightly each infix operator holds what stands on its left. */
const binding: Record<string, number> = { "+": 10, "-": 10, "*": 20, "/": 20, "%": 20, of: 20, "^": 40 };
const prefixBinding = 30;

/** Digits of all exact fractions on the way: reducing a long one to its lowest terms takes milliseconds. */
const fractionDigits = 10_000;

class Evaluation {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #digitsLeft = fractionDigits;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? { kind: "end", text: "the end", at: 0 };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #expect(symbol: string): void {
    const token = this.#next();
    if (token.text !== symbol) {
      throw new ExpressionError(`expected "${symbol}" but found ${described(token)}`);
    }
  }

  whole(): Quantity {
    const value = this.#expression(0);
    const rest = this.#peek();
    if (rest.kind !== "end") throw new ExpressionError(`did not expect ${described(rest)}`);
    return value;
  }

  #expression(floorBinding: number): Quantity {
    if ((this.#depth += 1) > 100) throw new ExpressionError("the expression is nested too deeply");
    let left = this.#operand();
    for (;;) {
      const { text } = this.#peek();
      if (text === "!") {
        this.#next();
        left = factorial(left);
        continue;
      }
      if (text === "%" && !this.#operandFollows()) {
        this.#next();
        left = divide(left, fraction(100n));
        continue;
      }
      const power = binding[text];
      if (power === undefined || power <= floorBinding) break;
      this.#next();
      // `^` groups to the right: 2^3^2 is 2^9.
      left = this.#counted(combine(text, left, this.#expression(text === "^" ? power - 1 : power)));
    }
    this.#depth -= 1;
    return left;
  }

  /** Whether `%` stands between two operands (a remainder) or after one (a percentage). */
  #operandFollows(): boolean {
    const after = this.#peek(1);
    return after.kind === "number" || after.text === "(" || (after.kind === "name" && after.text !== "of");
  }

  #operand(): Quantity {
    const token = this.#next();
    if (token.kind === "number") return parseDecimal(token.text);
    if (token.text === "-") return negate(this.#expression(prefixBinding));
    if (token.text === "+") return this.#expression(prefixBinding);
    if (token.text === "(") {
      const value = this.#expression(0);
      this.#expect(")");
      return value;
    }
    if (token.kind === "name") return this.#named(token.text);
    throw new ExpressionError(`expected a number but found ${described(token)}`);
  }

  #named(name: string): Quantity {
    if (Object.hasOwn(constants, name)) return approximate(constants[name] ?? 0);
    const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (known === undefined) {
      throw new ExpressionError(
        `"${name}" is not known; there are ${[...Object.keys(constants), ...Object.keys(functions)].join(", ")}`,
      );
    }
    this.#expect("(");
    const args: [Quantity, ...Quantity[]] = [this.#expression(0)];
    while (this.#peek().text === ",") {
      this.#next();
      args.push(this.#expression(0));
    }
    this.#expect(")");
    if (args.length < known.least || args.length > known.most) {
      const wanted = known.least === known.most ? `${known.least}` : `${known.least} to ${known.most}`;
      throw new ExpressionError(`${name} takes ${wanted} argument(s), not ${args.length}`);
    }
    return this.#counted(known.apply(...args));
  }

  /** @throws RangeError where fractions are too long for as many operations as there are */
  #counted(quantity: Quantity): Quantity {
    if (quantity.exact && quantity.denominator !== 1n) {
      this.#digitsLeft -= quantity.denominator.toString().length;
      if (this.#digitsLeft < 0) throw new RangeError("the fractions on the way have too many digits in all");
    }
    return quantity;
  }
}

const described = (token: Token): string =>
  token.kind === "end" ? "the end" : `"${token.text}" at character ${token.at + 1}`;

function combine(operator: string, left: Quantity, right: Quantity): Quantity {
  switch (operator) {
    case "+":
      return add(left, right);
    case "-":
      return add(left, negate(right));
    case "*":
    case "of":
      return multiply(left, right);
    case "/":
      return divide(left, right);
    case "%":
      return modulo(left, right);
    default:
      return power(left, right);
  }
}

/**
 * The value of an expression: `+ - * / % ^ !`, parentheses, `15% of 80`, functions and constants. Fractions
 * are exact (`0.1 + 0.2` is 0.3, `2^100` has all its digits); where digits had to be left out `exact` is false.
 * @throws ExpressionError when it is not arithmetic, with the place; RangeError when it has no finite value
 */
export function evaluate(expression: string): { text: string; exact: boolean } {
  const quantity = new Evaluation(tokensOf(expression)).whole();
  return formatQuantity(quantity);
}
