import { InvalidArgumentError } from "commander";
import { Argument, Option, defineCommand } from "../command.ts";
import { duration, parseDuration } from "../output/units.ts";
import { showCreated } from "./create.ts";

export const rotate = defineCommand<[id: string], { overlap?: number }>({
  name: "rotate",
  summary: "make a key's successor, and let the old one retire",
  description: "Until the overlap ends, what was made with the old key is still checked and opened.",
  arguments: [new Argument("<id>", "its id")],
  options: [
    new Option("--overlap <time>", "such as 12h or 30d; at most a year (1d)").argParser((text: string) => {
      const seconds = parseDuration(text);
      if (seconds === undefined || seconds > 31_536_000) {
        throw new InvalidArgumentError("Expected a time of at most 365d, such as 12h or 30d.");
      }
      return seconds;
    }),
  ],
  examples: [
    ["orrery keys rotate k1", "the old one counts for another day"],
    ["orrery keys rotate k1 --overlap 0", "the old one is not to be trusted any more"],
  ],
  async run(session, { overlap }, id) {
    const key = await session.client.keys.rotate(id, overlap === undefined ? {} : { overlap });
    session.remark(
      overlap === 0
        ? `${id} does nothing any more.`
        : `${id} retires in ${duration((overlap ?? 86_400) * 1_000)}.`,
    );
    showCreated(session, key);
  },
});
