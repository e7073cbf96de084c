/** The contract between the gateway and its guardrails. No implementation lives here. */
import type { FilterFinding } from "@orrery/protocol";
import type { ModelRequest } from "../contract.ts";

/**
 * Filters one answer as it comes. The result does not depend on how the text was cut into pieces, and no
 * more is held back than what may still become part of a finding.
 */
export interface OutputFilter {
  /** Text that may be shown now. */
  push(text: string): string;
  /** The rest, at the end of the text. */
  end(): string;
  /** True from the moment a class whose action is `block` was found: nothing more is shown. */
  readonly blocked: boolean;
  /** What was found so far, one for each class. */
  findings(): FilterFinding[];
}

/** Looks at what is about to be asked; the sentence says why it may not be, and what to do. */
export type InputCheck = (
  request: ModelRequest,
) => { refused: string } | null | Promise<{ refused: string } | null>;
