/** The reviewed texts in `corpus/`, as examples of what the filter must find and must leave alone. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FilterClass } from "@orrery/protocol";

export interface Example {
  class: FilterClass;
  text: string;
  /** The text as it must come out where findings of its class are redacted. */
  redacted: string;
  /** Findings it holds; none in a near miss. */
  findings: number;
}

/** All examples of a class, in the order of its file. */
export function corpusOf(name: FilterClass): Example[] {
  const lines = readFileSync(join(import.meta.dirname, `../corpus/${name}.txt`), "utf8").split("\n");
  return lines.filter((line) => /^[+-] /.test(line)).map((line) => exampleOf(name, line.slice(2)));
}

/** `⟦` and `⟧` stand around a finding, `⏎` for the end of a line, and `¦` for nothing. */
export function exampleOf(name: FilterClass, marked: string): Example {
  const text = marked.replaceAll("¦", "").replaceAll("⏎", "\n");
  return {
    class: name,
    text: text.replace(/[⟦⟧]/g, ""),
    redacted: text.replace(/⟦.*?⟧/gs, `[${name}]`),
    findings: text.match(/⟦/g)?.length ?? 0,
  };
}
