/** PDF to text, page by page. */
import { OrreryError } from "@orrery/protocol";
import type { PDFDocumentProxy } from "unpdf/pdfjs";
import { PdfRefused, withoutPictures } from "./pdf-streams.ts";
import { TextLine } from "./text-line.ts";
import { TextTooLong, TextWriter } from "./text-writer.ts";

/** A run of text as PDF.js reports it; `transform` ends in the position where its baseline begins. */
interface TextRun {
  str: string;
  transform: number[];
  width: number;
  height: number;
  hasEOL: boolean;
}

/** Runs of a page, and of all pages: more are no text that anyone reads. */
const mostRuns = 100_000;
const mostRunsInAll = 2_000_000;
/** Runs after which others get their turn. */
const runsAtOnce = 5_000;
/** Milliseconds for all pages: what is drawn many times over has no other end. */
const longestMs = 30_000;

interface Line {
  text: string;
  /** Baseline of its last run, and where its first and last pieces begin. */
  y: number;
  left: number;
  cellLeft: number;
  size: number;
}

const bar = " | ";

/** A list's marker or a section's number, which stands apart from what follows without being a cell. */
const marker = /^(?:[-*+•‣◦▪●○–]|[a-z\d]{1,3}[.)]|\(?[a-z\d]{1,3}\)|\d+(?:\.\d+)+\.?)$/i;

/** Characters of a line that may be nothing but a marker. */
const longestMarker = 100;

/** The lines of a page as the runs have them; a bar stands where more room is left than between words. */
function linesOf(runs: readonly TextRun[]): Line[] {
  const lines: Line[] = [];
  let line: (Omit<Line, "text"> & { text: TextLine }) | undefined;
  let right = 0;
  const endLine = (): void => {
    const text = line?.text.toString().replace(/\s+/g, " ").trim() ?? "";
    if (line && text !== "") lines.push({ ...line, text });
    line = undefined;
  };
  for (const run of runs) {
    if (run.str.trim() !== "") {
      const [left = 0, baseline = 0] = run.transform.slice(4);
      const height = run.height || Math.abs(run.transform[3] ?? 0);
      if (line && Math.abs(baseline - line.y) > Math.max(line.size, height) * 0.9) endLine();
      if (line === undefined) {
        line = { text: new TextLine(), y: baseline, left, cellLeft: left, size: height };
      } else if (left - right > height * 0.85 && !isMarker(line.text)) {
        line.text.trimEnd();
        line.text.add(bar);
        line.cellLeft = left;
      }
      line.size = Math.max(line.size, height);
      right = left + run.width;
    }
    if (line) line.text.add(run.str);
    if (run.hasEOL) endLine();
  }
  endLine();
  return lines;
}

const isMarker = (line: TextLine): boolean =>
  line.length <= longestMarker && marker.test(line.toString().trim());

/** What stands between a line and the next. */
function between(line: Line, next: Line): string {
  const height = Math.max(line.size, next.size, 1);
  const gap = line.y - next.y;
  const alike = Math.abs(line.size - next.size) <= height * 0.12;
  const isCell = alike && next.left > line.cellLeft + height * 2;
  // A few lines up and to the right: the next cell of a row. Further up it is another column of text.
  if (isCell && gap < height * 0.5 && gap > -height * 8) return bar;
  const continues = line.text.includes(bar) || line.cellLeft > line.left;
  const sameCell = continues && Math.abs(next.left - line.cellLeft) < height * 0.5;
  if (alike && sameCell && gap > 0 && gap < height * 1.75) return " ";
  return gap > height * 1.75 || gap < -height || !alike ? "\n\n" : "\n";
}

/**
 * Joins the runs of a page into lines, and lines into paragraphs: a blank line stands where the gap to the
 * next baseline is clearly larger than the line is high, or the letters' size changes (a heading). The cells
 * of a table's row are one line with bars between them.
 */
function layOut(runs: readonly TextRun[]): string {
  let text = "";
  let current: Line | undefined;
  for (const next of linesOf(runs)) {
    const join = current ? between(current, next) : "";
    text += join + next.text;
    const sameRow = current !== undefined && (join === bar || join === " ");
    current = sameRow ? { ...next, left: Math.min(current?.left ?? next.left, next.left), text: bar } : next;
  }
  return text;
}

/**
 * The text of a PDF, a form feed between pages, so that the page of a position is one more than the
 * form feeds before it. PDF.js is loaded when the first PDF is read.
 * @throws OrreryError invalid_request when the PDF is broken, holds no text (a scan), wants a password, or is more work
 *   than documents are; TextTooLong
 */
export async function pdfText(
  bytes: Uint8Array,
  name: string,
  limit: number,
  now: () => number = Date.now,
): Promise<string> {
  try {
    return await new PdfReading(limit, now).text(withoutPictures(bytes));
  } catch (cause) {
    if (cause instanceof TextTooLong) throw cause;
    throw unreadable(name, cause);
  }
}

class PdfReading {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #until: number;
  #runs = 0;

  constructor(limit: number, now: () => number) {
    this.#limit = limit;
    this.#now = now;
    this.#until = now() + longestMs;
  }

  async text(bytes: Uint8Array): Promise<string> {
    const { getDocumentProxy } = await import("unpdf");
    const document = await getDocumentProxy(bytes, { verbosity: 0 });
    try {
      const out = new TextWriter(this.#limit);
      let isBlank = true;
      for (let number = 1; number <= document.numPages; number += 1) {
        const page = await document.getPage(number);
        const text = layOut(await this.#runsOf(page, () => document.loadingTask.destroy()));
        page.cleanup();
        out.write(number === 1 ? text : `\f${text}`);
        isBlank &&= text === "";
      }
      if (isBlank) {
        throw new PdfRefused(
          "holds pictures of pages and no text (a scan): run text recognition (OCR) on it first",
        );
      }
      return out.toString();
    } finally {
      await document.loadingTask.destroy();
    }
  }

  /** The runs of a page as they are found: PDF.js finds no more of them than are taken. */
  async #runsOf(page: PdfPage, stop: () => Promise<void>): Promise<TextRun[]> {
    const runs: TextRun[] = [];
    const reader = readerOf(page);
    let before = 0;
    for (;;) {
      const { done, value } = await reader.read();
      for (const item of value?.items ?? []) if (isRun(item)) runs.push(item);
      const problem = this.#problemOf(runs.length);
      if (problem !== null) {
        await stopped(stop, reader);
        throw new PdfRefused(problem);
      }
      if (done || runs.length - before >= runsAtOnce) {
        before = runs.length;
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      if (done) break;
    }
    this.#runs += runs.length;
    return runs;
  }

  #problemOf(runs: number): string | null {
    if (runs > mostRuns) return `has a page of more than ${mostRuns} pieces of text: print it to a new PDF`;
    if (this.#runs + runs > mostRunsInAll) return `has more than ${mostRunsInAll} pieces of text: split it`;
    return this.#now() > this.#until ? `takes more than ${longestMs / 1000} seconds to read: split it` : null;
  }
}

/**
 * Stops PDF.js in the middle of a page. It looks whether it should when what it has found is taken from it, and goes on
 * without a reader when that one leaves.
 */
async function stopped(
  stop: () => Promise<void>,
  reader: Pick<ReadableStreamDefaultReader<unknown>, "read">,
): Promise<void> {
  const stopping = stop().then(() => true);
  for (;;) {
    const next = reader.read().then(({ done }) => done);
    if (await Promise.race([stopping, next])) break;
  }
  await stopping;
}

/** What PDF.js calls any is a list of runs and of marks between them. */
const readerOf = (page: PdfPage): ReadableStreamDefaultReader<{ items: (TextRun | object)[] }> =>
  (page.streamTextContent() as ReadableStream<{ items: (TextRun | object)[] }>).getReader();

type PdfPage = Awaited<ReturnType<PDFDocumentProxy["getPage"]>>;

const isRun = (item: TextRun | object): item is TextRun => "str" in item;

function unreadable(name: string, cause: unknown): OrreryError {
  return new OrreryError("invalid_request", `"${name}" ${reasonOf(cause)}.`, { cause });
}

function reasonOf(cause: unknown): string {
  if (cause instanceof PdfRefused) return cause.message;
  if (cause instanceof Error && cause.name === "PasswordException") {
    return "is protected by a password: save it without one and attach it again";
  }
  return "is not a PDF that can be read (it is damaged or cut short): export it again";
}
