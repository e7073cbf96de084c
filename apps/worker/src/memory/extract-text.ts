/** The text of a document, whatever its format. */
import { OrreryError, attachmentLimit } from "@orrery/protocol";
import { csvText } from "./csv-text.ts";
import { decodeText } from "./decode-text.ts";
import { htmlText } from "./html-text.ts";
import { jsonText } from "./json-text.ts";
import { isPdf, refuseUnreadable, textKind } from "./media-kinds.ts";
import { pdfText } from "./pdf-text.ts";

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
  const text = await readText(bytes, mediaType, name);
  if (text.length > textLimit) {
    throw new OrreryError(
      "invalid_request",
      `"${name}" has more than ${textLimit.toLocaleString("en")} characters of text: split it.`,
    );
  }
  if (text.trim() === "") {
    throw new OrreryError("invalid_request", `"${name}" holds no text: attach a document with text.`);
  }
  return text;
}

async function readText(bytes: Uint8Array, mediaType: string, name: string): Promise<string> {
  if (isPdf(bytes)) return await pdfText(bytes, name, textLimit);
  refuseUnreadable(bytes, name);
  const text = decodeText(bytes, mediaType, name);
  switch (textKind(text, mediaType, name)) {
    case "html":
      return htmlText(text);
    case "csv":
      return csvText(text);
    case "json":
      return jsonText(text);
    case "markdown":
    case "plain":
      return text;
  }
}
