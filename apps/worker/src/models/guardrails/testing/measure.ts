/** How well a filter finds what examples hold: recall and precision of one class. */
import type { FilterClass, FilterPolicy } from "@orrery/protocol";
import type { OutputFilter } from "../contract.ts";
import { createOutputFilter } from "../output-filter.ts";
import type { Example } from "./corpus.ts";

export interface Measured {
  recall: number;
  precision: number;
  /** Texts that came out otherwise than they must. */
  wrong: { expected: string; came: string }[];
}

/** A text through a filter of its own, in these pieces. */
export function filtered(
  policy: FilterPolicy,
  pieces: Iterable<string>,
): { text: string; filter: OutputFilter } {
  const filter = createOutputFilter(policy);
  if (filter === null) throw new Error("the policy filters nothing");
  let text = "";
  for (const piece of pieces) text += filter.push(piece);
  return { text: text + filter.end(), filter };
}

/**
 * Findings count as found where the text comes out exactly as it must. Whatever is found elsewhere, or is
 * found too long or too short, counts against precision.
 */
export function measure(name: FilterClass, examples: readonly Example[]): Measured {
  let expected = 0;
  let right = 0;
  let found = 0;
  const wrong: Measured["wrong"] = [];
  for (const example of examples) {
    const { text, filter } = filtered({ [name]: "redact" }, [example.text]);
    expected += example.findings;
    found += filter.findings()[0]?.count ?? 0;
    if (text === example.redacted) right += example.findings;
    else wrong.push({ expected: example.redacted, came: text });
  }
  return { recall: right / expected, precision: right / found, wrong };
}
