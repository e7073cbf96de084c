import type { Execution } from "@orrery/protocol";

/** What an execution was asked, without its files. */
export const inputText = ({ input }: Pick<Execution, "input">): string =>
  typeof input === "string"
    ? input
    : input.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
