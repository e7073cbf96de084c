import { defineCommand } from "../command.ts";
import { listOptions, readList, showList, type ListOptions } from "../output/list-options.ts";
import { addressText, paintState } from "./bridge-view.ts";

export const list = defineCommand<[], ListOptions>({
  name: "list",
  isDefault: true,
  summary: "list bridges and whether they are connected",
  options: listOptions(),
  examples: [["orrery bridge list", "which Redis servers this workspace speaks with"]],
  async run(session, options) {
    const page = await readList(options, (query) => session.client.bridges.list(query));
    showList(
      session,
      page,
      "There are no bridges. Make one: orrery bridge create <name> --redis <url>",
      (bridges) =>
        session.table(bridges, [
          { heading: "ID", value: ({ id }) => id },
          { heading: "NAME", value: ({ name }) => name, elastic: true },
          {
            heading: "STATE",
            value: ({ status }) => status.state,
            paint: ({ status }, text) => paintState(status.state, text, session),
          },
          { heading: "REDIS", value: addressText, elastic: true },
          {
            heading: "IN/MIN",
            optional: true,
            value: ({ status }) => sum(status.channels.map((channel) => channel.receivedPerMinute)),
            align: "right",
          },
          {
            heading: "OUT/MIN",
            optional: true,
            value: ({ status }) => sum(status.channels.map((channel) => channel.sentPerMinute)),
            align: "right",
          },
          { heading: "OUTBOX", optional: true, value: ({ status }) => status.outbox, align: "right" },
          {
            heading: "DEAD",
            value: ({ status }) => status.deadLetters,
            paint: ({ status }, text) => (status.deadLetters > 0 ? session.style.yellow(text) : text),
            align: "right",
          },
        ]),
    );
  },
});

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
