/** Which files an agent can make something of. */

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
  const ending = name.split(".").at(-1)?.toLowerCase() ?? "";
  const known = unreadable.has(ending) || /^(audio|video)\//.test(type) || /^image\/(?!svg)/.test(type);
  if (!known) return undefined;
  return `${name} cannot be read. Agents read ${documents}${seesImages ? ", and see PNG, JPEG, WebP and GIF images" : ""}.`;
}
