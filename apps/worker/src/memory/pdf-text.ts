/** PDF to text, page by page. */
import { OrreryError } from "@orrery/protocol";

/** A run of text as PDF.js reports it; `transform` ends in the position where its baseline begins. */
interface TextRun {
  str: string;
  transform: number[];
  width: number;
  height: number;
  hasEOL: boolean;
}

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

/** The lines of a page as the runs have them; a bar stands where more room is left than between words. */
function linesOf(runs: readonly TextRun[]): Line[] {
  const lines: Line[] = [];
  let line: Line | undefined;
  let right = 0;
  const endLine = (): void => {
    const text = line?.text.replace(/\s+/g, " ").trim() ?? "";
    if (line && text !== "") lines.push({ ...line, text });
    line = undefined;
  };
  for (const run of runs) {
    if (run.str.trim() !== "") {
      const [left = 0, baseline = 0] = run.transform.slice(4);
      const height = run.height || Math.abs(run.transform[3] ?? 0);
      if (line && Math.abs(baseline - line.y) > Math.max(line.size, height) * 0.9) endLine();
      if (line === undefined) line = { text: "", y: baseline, left, cellLeft: left, size: height };
      else if (left - right > height * 0.85 && !marker.test(line.text.trim())) {
        line.text = line.text.trimEnd() + bar;
        line.cellLeft = left;
      }
      line.size = Math.max(line.size, height);
      right = left + run.width;
    }
    if (line) line.text += run.str;
    if (run.hasEOL) endLine();
  }
  endLine();
  return lines;
}

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
 * @throws OrreryError invalid_request when the PDF is encrypted, broken, or holds no text (a scan).
 */
export async function pdfText(bytes: Uint8Array, name: string, limit: number): Promise<string> {
  const { getDocumentProxy } = await import("unpdf");
  // PDF.js takes the buffer it is given: a copy keeps the caller's bytes.
  const document = await getDocumentProxy(bytes.slice(), { verbosity: 0 }).catch((cause: unknown) => {
    throw unreadable(name, cause);
  });
  try {
    const pages: string[] = [];
    let length = 0;
    for (let number = 1; number <= document.numPages && length <= limit; number += 1) {
      const page = await document.getPage(number);
      const content = await page.getTextContent();
      const text = layOut(content.items.filter((item) => "str" in item));
      page.cleanup();
      pages.push(text);
      length += text.length + 1;
    }
    if (pages.every((page) => page === "")) {
      throw new OrreryError(
        "invalid_request",
        `"${name}" holds pictures of pages and no text (a scan): run text recognition (OCR) on it first.`,
      );
    }
    return pages.join("\f");
  } catch (cause) {
    throw cause instanceof OrreryError ? cause : unreadable(name, cause);
  } finally {
    await document.loadingTask.destroy();
  }
}

function unreadable(name: string, cause: unknown): OrreryError {
  const encrypted = cause instanceof Error && cause.name === "PasswordException";
  return new OrreryError(
    "invalid_request",
    encrypted
      ? `"${name}" is protected by a password: save it without one and attach it again.`
      : `"${name}" is not a PDF that can be read (it is damaged or cut short): export it again.`,
    { cause },
  );
}
