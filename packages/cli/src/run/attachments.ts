import { readFileSync, statSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import type { AttachmentInput } from "@orrery/client";
import { UsageError } from "../failure.ts";

/** Media types of the documents that agents read, by file extension. */
const mediaTypes: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".gif": "image/gif",
  ".htm": "text/html",
  ".html": "text/html",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".jsonl": "application/jsonl",
  ".markdown": "text/markdown",
  ".md": "text/markdown",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".text": "text/plain",
  ".tsv": "text/tab-separated-values",
  ".txt": "text/plain",
  ".webp": "image/webp",
  ".xml": "application/xml",
  ".yaml": "application/yaml",
  ".yml": "application/yaml",
};

/** Any file without a null byte and in valid UTF-8 is taken for plain text. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

export function mediaTypeOf(name: string, bytes: Uint8Array): string {
  return (
    mediaTypes[extname(name).toLowerCase()] ?? (isText(bytes) ? "text/plain" : "application/octet-stream")
  );
}

/**
 * Files as attachments; as many as an execution carries, where `most` says nothing else.
 * @throws UsageError a file that cannot be read or is too large, or too many of them
 */
export async function readAttachments(
  paths: readonly string[],
  cwd: string,
  most?: number,
): Promise<AttachmentInput[]> {
  if (paths.length === 0) return [];
  // The contract brings its schemas along: loaded only by commands that need it.
  const { attachmentLimit } = await import("@orrery/protocol");
  const count = most ?? attachmentLimit.count;
  if (paths.length > count) {
    throw new UsageError(`An execution carries at most ${count} files; these are ${paths.length}.`);
  }
  return paths.map((path) => {
    const full = resolve(cwd, path);
    const stat = statSync(full, { throwIfNoEntry: false });
    if (stat === undefined) throw new UsageError(`There is no file ${path}.`);
    if (!stat.isFile()) throw new UsageError(`${path} is not a file.`);
    if (stat.size === 0) throw new UsageError(`${path} is empty.`);
    if (stat.size > attachmentLimit.bytes) {
      throw new UsageError(`${path} is larger than ${attachmentLimit.bytes / 1024 / 1024} MiB.`);
    }
    const data = readBytes(full, path);
    return { name: basename(full), mediaType: mediaTypeOf(full, data), data };
  });
}

function readBytes(full: string, path: string): Uint8Array {
  try {
    return readFileSync(full);
  } catch {
    throw new UsageError(`${path} cannot be read.`);
  }
}
