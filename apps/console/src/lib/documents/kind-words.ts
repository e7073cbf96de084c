import type { Document } from "@orrery/protocol";
import { endingOf } from "#lib/files/media-types.ts";

const byMediaType: Record<string, string> = {
  "application/json": "JSON",
  "application/jsonl": "JSON lines",
  "application/pdf": "PDF",
  "application/xml": "XML",
  "application/yaml": "YAML",
  "text/csv": "CSV",
  "text/html": "HTML",
  "text/markdown": "Markdown",
  "text/tab-separated-values": "TSV",
  "text/xml": "XML",
};

const byEnding: Record<string, string> = {
  csv: "CSV",
  htm: "HTML",
  html: "HTML",
  json: "JSON",
  jsonl: "JSON lines",
  markdown: "Markdown",
  md: "Markdown",
  pdf: "PDF",
  tsv: "TSV",
  xml: "XML",
  yaml: "YAML",
  yml: "YAML",
};

/** What a document is, as people call it: by its media type, and where that says little, by its ending. */
export function kindOf({ name, mediaType }: Pick<Document, "name" | "mediaType">): string {
  const [bare = ""] = mediaType.toLowerCase().split(";", 1);
  const plain = bare.startsWith("text/") ? "Plain text" : "Other";
  return byMediaType[bare.trim()] ?? byEnding[endingOf(name)] ?? plain;
}
