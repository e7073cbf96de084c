import { CommandFailure } from "./failure.ts";
import { oneLine } from "./output/text.ts";

/** Whether a text can be the id of anything; names cannot have this form by chance. */
export const isId = (text: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/**
 * Makes sure that something can have this id, before it is asked for.
 * @param list the command that shows which there are
 * @throws CommandFailure in the words for what is not there
 */
export function assertId(text: string, kind: string, list: string): void {
  if (isId(text)) return;
  throw new CommandFailure(
    `There is no ${kind} ${oneLine(text)}: its id looks like 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87. \`${list}\` shows those there are.`,
    "not_found",
  );
}
