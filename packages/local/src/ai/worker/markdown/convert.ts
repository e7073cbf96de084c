/** One file to Markdown. Source: https://developers.cloudflare.com/workers-ai/features/markdown-conversion/ */
import type { AIEnv } from "../env.ts";
import { estimateTokens } from "../text/events.ts";
import { htmlToMarkdown } from "./html.ts";
import { docxToMarkdown, openDocumentToMarkdown, xlsxToMarkdown } from "./office.ts";
import { pdfToMarkdown } from "./pdf.ts";
import { plainText } from "./plain-text.ts";
import { rowsOfCsv, tableOf } from "./table.ts";

export interface Document {
  name: string;
  mimeType: string;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface ConvertOptions {
  format: "markdown" | "text";
  /** For links of HTML. */
  hostname: string | null;
  pdfMetadata: boolean;
}

type Convert = (document: Document, options: ConvertOptions, env: AIEnv) => Promise<string> | string;

const decode = ({ bytes }: Document): string => new TextDecoder().decode(bytes);

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text.trim()}\n\`\`\``;

const formats: readonly { mimeType: string; extensions: readonly string[]; convert: Convert }[] = [
  {
    mimeType: "application/pdf",
    extensions: [".pdf"],
    convert: ({ name, bytes }, { pdfMetadata }, env) => pdfToMarkdown(name, bytes, pdfMetadata, env),
  },
  {
    mimeType: "text/html",
    extensions: [".html", ".htm"],
    convert: (document, { hostname }) => htmlToMarkdown(decode(document), hostname),
  },
  { mimeType: "text/markdown", extensions: [".md", ".markdown"], convert: decode },
  { mimeType: "text/plain", extensions: [".txt"], convert: decode },
  {
    mimeType: "text/csv",
    extensions: [".csv"],
    convert: (document) => tableOf(rowsOfCsv(decode(document))),
  },
  {
    mimeType: "application/json",
    extensions: [".json"],
    convert: (document) => fenced("json", decode(document)),
  },
  {
    mimeType: "application/xml",
    extensions: [".xml"],
    convert: (document) => fenced("xml", decode(document)),
  },
  {
    mimeType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    extensions: [".docx"],
    convert: ({ bytes }) => docxToMarkdown(bytes),
  },
  {
    mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    extensions: [".xlsx"],
    convert: ({ bytes }) => xlsxToMarkdown(bytes),
  },
  {
    mimeType: "application/vnd.oasis.opendocument.text",
    extensions: [".odt"],
    convert: ({ bytes }) => openDocumentToMarkdown(bytes),
  },
  {
    mimeType: "application/vnd.oasis.opendocument.spreadsheet",
    extensions: [".ods"],
    convert: ({ bytes }) => openDocumentToMarkdown(bytes),
  },
];

export const supported = (): { extension: string; mimeType: string }[] =>
  formats.flatMap(({ extensions, mimeType }) => extensions.map((extension) => ({ extension, mimeType })));

function formatOf({ name, mimeType }: Document): (typeof formats)[number] | undefined {
  const type = mimeType.split(";")[0]?.trim().toLowerCase();
  const extension = /\.[^.]+$/.exec(name.toLowerCase())?.[0] ?? "";
  // The type goes before the name, unless it says nothing.
  return (
    formats.find((format) => format.mimeType === type) ??
    formats.find(({ extensions }) => extensions.includes(extension))
  );
}

/** In the form of the API. A file that cannot be read is an answer with the reason, and no error. */
export async function convert(document: Document, options: ConvertOptions, env: AIEnv): Promise<object> {
  const { name, mimeType } = document;
  const id = crypto.randomUUID();
  const failed = (error: string): object => ({ id, name, mimeType, format: "error", error });
  const format = formatOf(document);
  if (format === undefined) {
    return failed(
      mimeType.startsWith("image/") || /\.(?:png|jpe?g|webp|gif|svg)$/i.test(name)
        ? "Images cannot be described on this machine: no vision model runs here"
        : `Unsupported file type: ${mimeType || name}`,
    );
  }
  try {
    const markdown = await format.convert(document, options, env);
    const data = options.format === "text" ? plainText(markdown) : markdown;
    return {
      id,
      name,
      mimeType: format.mimeType,
      format: options.format,
      tokens: estimateTokens(data),
      data,
    };
  } catch (error) {
    return failed(`${name} cannot be converted: ${error instanceof Error ? error.message : String(error)}`);
  }
}
