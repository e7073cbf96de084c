/** Looking for a text in whatever was written, in any form in which it can be read back without a key. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** The text as bytes: itself, as UTF-16, in hexadecimal and in base64, at each of the places at which that can begin. */
function formsOf(text: string): Buffer[] {
  const plain = Buffer.from(text);
  // The first and last characters hold bits of the neighbours too.
  const base64 = (["base64", "base64url"] as const).flatMap((alphabet) =>
    [0, 1, 2].map((shift) => {
      const encoded = Buffer.concat([Buffer.alloc(shift), plain]).toString(alphabet);
      return encoded.slice(shift === 0 ? 0 : 4, -4);
    }),
  );
  const hex = plain.toString("hex");
  const texts = [...base64, hex, hex.toUpperCase()].map((form) => Buffer.from(form));
  return [plain, Buffer.from(text, "utf16le"), ...texts];
}

export const holds = (bytes: Buffer, text: string): boolean =>
  formsOf(text).some((form) => bytes.includes(form));

/** Files below a folder that hold a text. A file that goes while it is looked for holds nothing any more. */
export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => {
    const path = join(folder, name);
    return statSync(path, { throwIfNoEntry: false })?.isFile() && holds(readFileSync(path), text);
  });
}
