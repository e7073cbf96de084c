import { describe, expect, it } from "vitest";
import { card } from "./card.ts";
import { email } from "./email.ts";
import { iban } from "./iban.ts";
import { phone } from "./phone.ts";
import { reach, type Recogniser } from "./recogniser.ts";
import { search } from "./search.ts";
import { secret } from "./secrets/secret.ts";
import { ssn } from "./ssn.ts";

const recognisers = [secret, email, iban, card, ssn, phone];

/**
 * Units that a search looks at. Where a recogniser is asked, it is shown through a text that counts how far it
 * reads from its start: no recogniser reads on without an end.
 */
function unitsRead(text: string): number {
  let read = 0;
  const counting = recognisers.map((recogniser): Recogniser => ({
    ...recogniser,
    at(whole, start, final) {
      // The shortest beginning that gives the same answer is what it had to read.
      const verdict = recogniser.at(whole, start, final);
      for (let length = 1; ; length *= 2) {
        const known = recogniser.at(whole.slice(0, start + length), start, false);
        if (known !== "wait" || start + length >= whole.length || length > reach) {
          read += length;
          return verdict;
        }
      }
    },
  }));
  for (let at = 0; at < text.length;) {
    const sighting = search(text, at, true, counting);
    at = typeof sighting === "number" ? sighting : sighting.found.end;
  }
  return read;
}

describe("a search", () => {
  it.each([
    ["prose", "The quick brown fox jumps over 2 lazy dogs. "],
    ["digits", "1"],
    ["groups of digits", "4111 1111 "],
    ["one letter", "a"],
    ["letters and dots", "a."],
    ["letters and quotes", "a'"],
    ["addresses without an end", "a@b."],
    ["at signs", "@"],
    ["brackets and signs", "+(1"],
    ["base64", "aB3dE5fG7hI9"],
    ["dashes", "-"],
    ["heads of private keys", "-----BEGIN PRIVATE KEY-----\n"],
    ["signs of keys", "sk-a1/"],
    ["tokens", "eyJhbGciOiJ."],
    ["addresses with colons", "a://a:"],
    ["account numbers", "DE89 3704 "],
    ["names of keys", "key=aB3dE5fG7hI9jK1lM3 "],
    ["findings side by side", "a@b.io,"],
  ])("reads %s in steps that grow as the text does", (_, unit) => {
    const short = unitsRead(unit.repeat(Math.ceil(1_000 / unit.length)));
    const long = unitsRead(unit.repeat(Math.ceil(8_000 / unit.length)));
    expect(long).toBeLessThanOrEqual(short * 10 + reach);
  });

  it("says of the same beginning the same, whatever follows", () => {
    const text = "Write to ann@example.com or call +1 415 555 0132 now.";
    const known: unknown[] = [];
    for (let end = 1; end <= text.length; end += 1) {
      const sighting = search(text.slice(0, end), 0, false, recognisers);
      if (typeof sighting !== "number") known.push(sighting.found);
    }
    expect(new Set(known.map((found) => JSON.stringify(found)))).toEqual(new Set(['{"start":9,"end":24}']));
  });
});
