/** PDF to text, page by page. */
import { OrreryError } from "@orrery/protocol";

/** A run of text as PDF.js reports it; `transform` ends in the position of its baseline. */
interface TextRun {
  str: string;
  transform: number[];
  height: number;
  hasEOL: boolean;
}

/**
 * Joins the runs of a page into lines, and lines into paragraphs: a blank line stands where the gap to the
 * next baseline is clearly larger than the line is high, or the letters' size changes (a heading).
 */
function layOut(runs: readonly TextRun[]): string {
  const lines: { text: string; y: number; size: number }[] = [];
  let line = "";
  let size = 0;
  let y = 0;
  const endLine = (): void => {
    if (line.trim() !== "") lines.push({ text: line.replace(/\s+/g, " ").trim(), y, size });
    line = "";
    size = 0;
  };
  for (const run of runs) {
    if (run.str.trim() !== "") {
      const baseline = run.transform[5] ?? 0;
      const height = run.height || Math.abs(run.transform[3] ?? 0);
      if (line !== "" && Math.abs(baseline - y) > Math.max(size, height) * 0.9) endLine();
      if (line === "") y = baseline;
      size = Math.max(size, height);
    }
    line += run.str;
    if (run.hasEOL) endLine();
  }
  endLine();

  let text = "";
  for (const [at, current] of lines.entries()) {
    const before = lines[at - 1];
    if (before) {
      const height = Math.max(before.size, current.size, 1);
      const gap = before.y - current.y;
      const resized = Math.abs(before.size - current.size) > height * 0.12;
      text += gap > height * 1.75 || gap < -height || resized ? "\n\n" : "\n";
    }
    text += current.text;
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
