import type { OutputStream, Terminal } from "../terminal.ts";

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Style = Record<keyof typeof codes, (text: string) => string>;

/** Colours where they are wanted (https://no-color.org): on a terminal, unless `NO_COLOR` is set. */
export function styleFor(stream: OutputStream, env: Terminal["env"]): Style {
  const isWanted =
    (stream.isTTY === true || isSet(env["FORCE_COLOR"])) && !isSet(env["NO_COLOR"]) && env["TERM"] !== "dumb";
  const paint =
    ([on, off]: readonly [number, number]) =>
    (text: string) =>
      isWanted && text !== "" ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    bold: paint(codes.bold),
    dim: paint(codes.dim),
    red: paint(codes.red),
    green: paint(codes.green),
    yellow: paint(codes.yellow),
    cyan: paint(codes.cyan),
  };
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== "";
