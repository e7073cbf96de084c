/** Images that upstreams answer with, from base64 to bytes. */
import { base64Of, imageType } from "./parts.ts";

/** The bytes of an image and its type, which its first bytes show where nobody says. */
export function imageOfBase64(base64: string, mediaType?: string): { bytes: Uint8Array; mediaType: string } {
  let letters: string;
  try {
    letters = atob(base64);
  } catch {
    // Whoever reads an upstream's answer knows this error as an answer that cannot be read.
    throw new SyntaxError("an image is not valid base64");
  }
  if (letters === "") throw new SyntaxError("an image is empty");
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return { bytes, mediaType: mediaType ?? imageType(base64) };
}

/** Those bytes and the type that they show. @throws SyntaxError where there are none */
export function imageOfBytes(bytes: Uint8Array): { bytes: Uint8Array; mediaType: string } {
  if (bytes.length === 0) throw new SyntaxError("an image is empty");
  return { bytes, mediaType: imageType(base64Of(bytes.subarray(0, 12))) };
}
