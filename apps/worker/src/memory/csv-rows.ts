/**
 * The rows of comma-separated values (RFC 4180), read as spreadsheets write them and people get them wrong: a
 * quote inside a cell is one of its characters, spaces may stand behind a closing quote, and the last quote may
 * be missing. Every character is looked at a fixed number of times, and rows are made only as they are wanted.
 */

/** In order of preference: comma, tab, bar, semicolon, and ASCII's own separators of records and units. */
const delimiters = [",", "\t", "|", ";", "\u001e", "\u001f"] as const;

/** Rows by which the delimiter is recognised, and how far those are looked for. */
const rowsTried = 10;
const charactersTried = 256_000;

/** Cells that a row may have, as many as a sheet of the usual spreadsheets. */
export const mostCells = 16_384;

/** A row has more cells than a sheet has columns. */
export class TooManyCells extends Error {
  constructor() {
    super(`a row has more than ${mostCells} cells`);
    this.name = "TooManyCells";
  }
}

/** The rows that hold anything. @throws TooManyCells */
export function* rowsOf(csv: string, delimiter: string): Generator<string[], undefined, undefined> {
  for (const row of new Rows(csv, delimiter).all()) if (!isBlank(row)) yield row;
  return undefined;
}

const isBlank = (row: readonly string[]): boolean => row.every((cell) => cell.trim() === "");

/**
 * The delimiter by which the first rows have the most alike numbers of cells, two at least on average; of several,
 * the one with the most cells. A comma where there is none.
 */
export function delimiterOf(csv: string): string {
  let best: { delimiter: string; delta: number; average: number } | undefined;
  const beginning = csv.slice(0, charactersTried);
  for (const delimiter of delimiters) {
    const sizes = sizesOfRows(beginning, delimiter);
    const average = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    if (!(average > 1.99)) continue;
    const delta = sizes.slice(1).reduce((sum, size, at) => sum + Math.abs(size - (sizes[at] ?? 0)), 0);
    if (best === undefined || delta < best.delta || (delta === best.delta && average > best.average)) {
      best = { delimiter, delta, average };
    }
  }
  return best?.delimiter ?? ",";
}

function sizesOfRows(csv: string, delimiter: string): number[] {
  const sizes: number[] = [];
  let tried = 0;
  try {
    for (const row of new Rows(csv, delimiter).all()) {
      if (!isBlank(row)) sizes.push(row.length);
      if ((tried += 1) === rowsTried) break;
    }
  } catch (error) {
    // Read by this delimiter, it is no sheet.
    if (error instanceof TooManyCells) return [];
    throw error;
  }
  return sizes;
}

const isSpace = (character: string | undefined): boolean => character !== undefined && /\s/.test(character);

class Rows {
  readonly #text: string;
  readonly #delimiter: string;
  /** Where the next cell begins, or the last one ended. */
  #at = 0;
  /** The first of each from `#at` on; the end of the text where there is none. */
  #nextDelimiter = -1;
  #nextBreak = -1;

  constructor(text: string, delimiter: string) {
    this.#text = text;
    this.#delimiter = delimiter;
  }

  *all(): Generator<string[], undefined, undefined> {
    let row: string[] = [];
    for (;;) {
      row.push(this.#cell());
      if (row.length > mostCells) throw new TooManyCells();
      const sign = this.#text[this.#at];
      this.#at += 1;
      if (sign === this.#delimiter) continue;
      yield row;
      row = [];
      if (sign === undefined) return undefined;
    }
  }

  #cell(): string {
    if (this.#text[this.#at] === '"') return this.#quoted();
    if (this.#nextDelimiter < this.#at) this.#nextDelimiter = this.#next(this.#delimiter);
    if (this.#nextBreak < this.#at) this.#nextBreak = this.#next("\n");
    return this.#take(this.#at, Math.min(this.#nextDelimiter, this.#nextBreak));
  }

  #next(sign: string): number {
    const found = this.#text.indexOf(sign, this.#at);
    return found === -1 ? this.#text.length : found;
  }

  #take(start: number, end: number): string {
    this.#at = end;
    return this.#text.slice(start, end);
  }

  #ends(at: number): boolean {
    return this.#text[at] === this.#delimiter || this.#text[at] === "\n";
  }

  #quoted(): string {
    const text = this.#text;
    const start = this.#at + 1;
    for (let quote = text.indexOf('"', start); quote !== -1; quote = text.indexOf('"', quote + 1)) {
      if (text[quote + 1] === '"') {
        quote += 1;
        continue;
      }
      let after = quote + 1;
      while (isSpace(text[after]) && !this.#ends(after)) after += 1;
      if (after === text.length ? after > quote + 1 : !this.#ends(after)) continue;
      const cell = this.#take(start, quote);
      this.#at = after;
      return cell.replaceAll('""', '"');
    }
    return this.#take(start, text.length);
  }
}
