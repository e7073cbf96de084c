/** Which files an agent can make something of. */
import { attachmentLimit } from "@orrery/protocol";
import { bytes } from "#lib/formatting/quantities.ts";
import { endingOf } from "./media-types.ts";

/** Types of images that models with eyes are shown. */
const seen = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);

/** Endings of files that hold no text one could read. */
const unreadable = new Set(
  [
    [
      "doc",
      "docx",
      "xls",
      "xlsx",
      "ppt",
      "pptx",
      "odt",
      "ods",
      "odp",
      "pages",
      "numbers",
      "key",
      "rtf",
      "epub",
    ],
    ["zip", "gz", "tgz", "7z", "rar", "tar", "bz2", "xz", "jar", "dmg", "iso", "exe", "apk"],
    ["mp3", "wav", "m4a", "flac", "ogg", "mp4", "mov", "avi", "mkv", "webm"],
    ["heic", "heif", "tif", "tiff", "bmp", "ico", "psd", "avif", "sqlite", "db"],
  ].flat(),
);

const documents = "PDF, Markdown, HTML, CSV, JSON and plain text";

/** Why a file is not taken for its size, whatever it holds; undefined where it is. */
export function whyOfNoSize({ name, size }: Pick<File, "name" | "size">): string | undefined {
  if (size === 0) return `${name} is empty.`;
  if (size > attachmentLimit.bytes) return `${name} is larger than ${bytes(attachmentLimit.bytes)}.`;
  return undefined;
}

/** Why an agent itself cannot be given a file, to look into in every conversation; undefined where it can. */
export function whyNoDocument(file: Pick<File, "name" | "type" | "size">): string | undefined {
  if (seen.has(file.type)) {
    return `${file.name} is an image. Agents read the text of ${documents}. You can show it to the agent in a conversation.`;
  }
  return whyOfNoSize(file) ?? whyUnreadable(file, false);
}

/**
 * Why an agent can make nothing of a file; undefined where it can.
 * @param seesImages whether its model is shown images
 */
export function whyUnreadable(
  { name, type }: Pick<File, "name" | "type">,
  seesImages: boolean,
): string | undefined {
  if (seen.has(type)) {
    return seesImages
      ? undefined
      : `${name} is an image, which this agent's model cannot see. It can read ${documents}.`;
  }
  const known =
    unreadable.has(endingOf(name)) || /^(audio|video)\//.test(type) || /^image\/(?!svg)/.test(type);
  if (!known) return undefined;
  return `${name} cannot be read. Agents read ${documents}${seesImages ? ", and see PNG, JPEG, WebP and GIF images" : ""}.`;
}
