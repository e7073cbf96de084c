/** Arithmetic as it is written, cut into numbers, names and signs. */

export class ExpressionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ExpressionError";
  }
}

export interface Token {
  kind: "number" | "name" | "symbol" | "end";
  text: string;
  /** Characters before it. */
  at: number;
}

const tokenPattern =
  /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-zπ][A-Za-z0-9_]*)|(\*\*|[-+*/%^(),!×·÷−]))/y;

const symbols: Record<string, string> = { "×": "*", "·": "*", "÷": "/", "−": "-", "**": "^" };

/** @throws ExpressionError at the first sign that is none of arithmetic */
export function tokensOf(expression: string): Token[] {
  // Thousands separators: 1,234,567.8 is one number, max(1,234) is two.
  const text = expression.replace(/(?<![\d.(,]\s*)\b\d{1,3}(?:,\d{3})+(?!\d)/g, (digits, at: number) =>
    /\w\s*\([^()]*$/.test(expression.slice(0, at)) ? digits : digits.replaceAll(",", ""),
  );
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.trimEnd().length) {
    const at = tokenPattern.lastIndex + text.slice(tokenPattern.lastIndex).search(/\S/);
    const match = tokenPattern.exec(text);
    if (match === null) {
      throw new ExpressionError(`"${text.slice(at).trim().slice(0, 20)}" is not arithmetic`);
    }
    const [, number, name, symbol] = match;
    if (number !== undefined) tokens.push({ kind: "number", text: number, at });
    else if (name !== undefined) tokens.push({ kind: "name", text: name.toLowerCase(), at });
    else tokens.push({ kind: "symbol", text: symbols[symbol ?? ""] ?? symbol ?? "", at });
  }
  tokens.push({ kind: "end", text: "the end", at: text.length });
  return tokens;
}
