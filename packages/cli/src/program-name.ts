import { existsSync } from "node:fs";

/** Whether this command is part of a clone; there it is found by npx alone. */
export const isClone = existsSync(new URL("../../../apps/worker/wrangler.jsonc", import.meta.url));

/** How a person starts the platform from here. */
export const startCommand = isClone ? "npm start" : "npm start in a clone of Orrery's repository";

/** What to do where no platform answers. */
export const startAdvice = `Start the platform (${startCommand}), or name another one's address with --url.`;

/** The commands that a text of ours names, as they are typed here. */
export const asTyped = (text: string): string =>
  isClone ? text.replaceAll(/(^|[`(|:] ?)orrery (?=[a-z<])/gm, "$1npx orrery ") : text;
