import { defineCommand } from "../command.ts";
import { listOptions, readList, showList, type ListOptions } from "../output/list-options.ts";
import { ago } from "../output/units.ts";
import { bridgeArgument, findBridge } from "./find-bridge.ts";

export const deadLetters = defineCommand<[bridge: string | undefined], ListOptions>({
  name: "dead-letters",
  summary: "list messages that could not be delivered, with the reasons",
  arguments: [bridgeArgument()],
  options: listOptions(),
  examples: [
    ["orrery bridge dead-letters", "what went wrong, newest first"],
    ["orrery bridge dead-letters newfuse --all --json", "with their payloads in full, for a program"],
  ],
  async run(session, options, idOrName) {
    const { id } = await findBridge(session.client, idOrName);
    const page = await readList(options, (query) => session.client.bridges.deadLetters(id, query));
    const now = session.terminal.now();
    showList(session, page, "There are no dead letters.", (letters) =>
      session.table(letters, [
        { heading: "ID", value: (letter) => letter.id },
        { heading: "CHANNEL", value: ({ role }) => role },
        { heading: "WHEN", value: ({ at }) => ago(at, now) },
        { heading: "TIMES", optional: true, value: ({ deliveries }) => deliveries, align: "right" },
        { heading: "REASON", value: ({ reason }) => reason, elastic: true },
        { heading: "PAYLOAD", optional: true, value: ({ payload }) => payload.slice(0, 200), elastic: true },
      ]),
    );
  },
});
