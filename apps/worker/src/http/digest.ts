import { createHash } from "node:crypto";

/** SHA-256 in base64, as a Content-Security-Policy names what it allows. */
export const sha256Base64 = (text: string): string => createHash("sha256").update(text).digest("base64");
