/**
 * How agents are found by name: a query finds the beginnings of words, of whatever script. SQLite lowers ASCII alone and
 * bounds what `LIKE` takes, so names are kept as they are searched and compared as they are.
 */

/** Words, and runs of signs such as `++`, which count as words of their own. */
const pieces = /[\p{L}\p{M}\p{N}]+|\p{S}+/gu;

/** A sigma is one letter, wherever in a word it stands. */
const lowered = (text: string): string => text.normalize("NFKC").toLowerCase().replaceAll("ς", "σ");

/** A name as it is searched: its words in lower case, a space before each. */
export const searchNameOf = (name: string): string =>
  Array.from(lowered(name).matchAll(pieces), ([piece]) => ` ${piece}`).join("");

/** What a name's search form holds where the query finds it; null for a query that no name answers. */
export const searchTextOf = (query: string): string | null => searchNameOf(query) || null;
