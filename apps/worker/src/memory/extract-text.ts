/** The text of a document, whatever its format. */
import { OrreryError, attachmentLimit } from "@orrery/protocol";
import { TooManyCells, mostCells } from "./csv-rows.ts";
import { csvText } from "./csv-text.ts";
import { decodeText } from "./decode-text.ts";
import { htmlText } from "./html-text.ts";
import { jsonText } from "./json-text.ts";
import { isPdf, refuseUnreadable, textKind } from "./media-kinds.ts";
import { pdfText } from "./pdf-text.ts";
import { TextTooLong } from "./text-writer.ts";

/** Characters (UTF-16 units) that one document's text may have. */
export const textLimit = 5_000_000;

/**
 * The text of a document: plain text and Markdown as they are, HTML as a reader sees it, CSV as rows that
 * name their columns, JSON indented, PDF with a form feed between pages. What the bytes are counts for
 * more than what `mediaType` and `name` say. The same bytes always give the same text.
 * @throws OrreryError invalid_request, with what to do about it, when no text can be read or it is too long;
 *   payload_too_large above 10 MiB.
 */
export async function extractText(bytes: Uint8Array, mediaType: string, name: string): Promise<string> {
  if (bytes.length > attachmentLimit.bytes) {
    throw new OrreryError(
      "payload_too_large",
      `"${name}" has ${bytes.length} bytes; a document may have ${attachmentLimit.bytes}: split it.`,
    );
  }
  if (bytes.length === 0) {
    throw new OrreryError("invalid_request", `"${name}" is empty: attach a document with text.`);
  }
  const text = await readText(bytes, mediaType, name).catch((error: unknown) => {
    throw refusalOf(error, name);
  });
  if (text.length > textLimit) throw refusalOf(new TextTooLong(), name);
  if (text.trim() === "") {
    throw new OrreryError("invalid_request", `"${name}" holds no text: attach a document with text.`);
  }
  return text;
}

/** What the caller is told, where that is what a reader stopped for. */
function refusalOf(cause: unknown, name: string): unknown {
  if (cause instanceof TextTooLong) {
    const limit = textLimit.toLocaleString("en");
    const message = `"${name}" has more than ${limit} characters of text: split it.`;
    return new OrreryError("invalid_request", message, { cause });
  }
  if (cause instanceof TooManyCells) {
    const limit = mostCells.toLocaleString("en");
    const message = `"${name}" has a row of more than ${limit} cells: leave out columns, or check its separators.`;
    return new OrreryError("invalid_request", message, { cause });
  }
  return cause;
}

async function readText(bytes: Uint8Array, mediaType: string, name: string): Promise<string> {
  if (isPdf(bytes)) return await pdfText(bytes, name, textLimit);
  refuseUnreadable(bytes, name);
  const text = decodeText(bytes, mediaType, name);
  switch (textKind(text, mediaType, name)) {
    case "html":
      return htmlText(text, textLimit);
    case "csv":
      return csvText(text, textLimit);
    case "json":
      return jsonText(text, textLimit);
    case "markdown":
    case "plain":
      return text;
  }
}
