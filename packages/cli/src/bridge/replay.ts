import { Argument, Option, defineCommand } from "../command.ts";
import { UsageError } from "../failure.ts";
import { counted } from "../output/units.ts";
import { findBridge } from "./find-bridge.ts";

export const replay = defineCommand<[bridge: string, letter: string | undefined], { all?: true }>({
  name: "replay",
  summary: "take a dead letter in again, or all of them",
  description:
    "Takes in again what could not be taken over, as if it had just come. A task that was done is not done twice.",
  arguments: [
    new Argument("<bridge>", "its id or name"),
    new Argument("[letter]", "the dead letter's id, from `orrery bridge dead-letters`"),
  ],
  options: [new Option("--all", "all there are")],
  examples: [
    ["orrery bridge replay newfuse --all", "after the cause is corrected"],
    ["orrery bridge replay newfuse 1763683200000-0", "one of them"],
  ],
  async run(session, options, idOrName, letter) {
    if ((letter === undefined) === (options.all !== true)) {
      throw new UsageError("Say which dead letter, or --all.");
    }
    const { id } = await findBridge(session.client, idOrName);
    const replayed = letter === undefined ? (await session.client.bridges.replayAll(id)).replayed : 1;
    if (letter !== undefined) await session.client.bridges.replay(id, letter);
    session.show({ replayed }, () => `Took in ${counted(replayed, "dead letter")} again.\n`);
  },
});
