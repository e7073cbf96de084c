import { OrreryError } from "@orrery/protocol";
import type { Sent } from "../../channels/index.ts";

/** For who sends what has to go. @throws OrreryError of the first message that can never be written */
export function assertTaken({ refused: [first] }: Sent): void {
  if (first !== undefined) throw new OrreryError(first.code, first.reason);
}
