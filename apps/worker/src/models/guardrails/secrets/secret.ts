/** Keys, tokens, private keys and passwords. */
import { dash, digit, kindAt, letter } from "../characters.ts";
import type { Recogniser, Verdict } from "../recogniser.ts";
import { connection } from "./connection.ts";
import { known } from "./known.ts";
import { privateKey } from "./private-key.ts";
import { unknown } from "./unknown.ts";

/** From what is certain by its form to what is so by what stands beside it. */
const kinds = [privateKey, known, connection, unknown] as const;

export const secret: Recogniser = {
  class: "secret",
  begins: letter | digit | dash,
  at(text, start, final): Verdict {
    const first = kindAt(text, start);
    for (const kind of kinds) {
      if ((kind.begins & first) === 0) continue;
      const verdict = kind.at(text, start, final);
      if (verdict !== null) return verdict;
    }
    return null;
  },
};
