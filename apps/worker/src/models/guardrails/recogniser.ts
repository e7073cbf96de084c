/** What finds one class of text. No implementation lives here. */
import type { FilterClass } from "@orrery/protocol";

/** A finding: UTF-16 units `start` to `end` (exclusive). */
export interface Found {
  start: number;
  end: number;
  /** Where the finding may go on past `end`, however far. */
  tail?: Tail;
}

/** How far a finding goes on from `from` for certain, and whether that is still open. */
export type Tail = (text: string, from: number, final: boolean) => { end: number; open: boolean };

/** More text must come before it can be said. */
export const wait = "wait";

/** A finding, none, or not known yet. */
export type Verdict = Found | null | typeof wait;

/** How far back of a finding a recogniser may look, in UTF-16 units. */
export const lookBehind = 64;

/** The most text from a start on that a recogniser may wait for, in UTF-16 units. */
export const reach = 512;

export interface Recogniser {
  readonly class: FilterClass;
  /** Bits of `characters.ts`: what the first character of a finding can be. */
  readonly begins: number;
  /**
   * Says whether a finding begins at `start`, where no word goes on. With the first {@link reach} units from
   * `start` it never waits, and neither where `final` says that the text ends here. Once it has said
   * something other than `wait`, more text does not change it. It looks back {@link lookBehind} units at most.
   *
   * Between a finding's start and the next character that breaks there is a digit, `@` or `-`, or there are 20
   * characters: what stands in shorter and plainer runs is never shown to a recogniser.
   */
  at(text: string, start: number, final: boolean): Verdict;
}

/** What stands before `start`, as far as a recogniser may look. */
export const before = (text: string, start: number): string =>
  text.slice(Math.max(0, start - lookBehind), start);
