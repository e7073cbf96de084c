/** An escaped half of a pair: `JSON.stringify` writes whole pairs as they are, so what it escapes stands alone. */
const loneSurrogate = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/gi;

/**
 * JSON without lone surrogates, which no UTF-8 holds and which have no canonical form (RFC 8785): each becomes U+FFFD, as
 * `String.prototype.toWellFormed` has it.
 *
 * @param json as `JSON.stringify` makes it
 */
export function wellFormed(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replaceAll(loneSurrogate, "$1\ufffd");
}
