import { defineCommand } from "../command.ts";
import { listOptions, readList, showList, type ListOptions } from "../output/list-options.ts";
import { ago } from "../output/units.ts";
import { holderText, paintState, stateText } from "./key-view.ts";

export const list = defineCommand<[], ListOptions>({
  name: "list",
  isDefault: true,
  summary: "list keys that sign and encrypt, newest first",
  options: listOptions(),
  examples: [["orrery keys list", "whose keys there are, and which still count"]],
  async run(session, options) {
    const page = await readList(options, (query) => session.client.keys.list(query));
    const now = session.terminal.now();
    showList(session, page, "There are no keys. Make one: orrery keys create sign", (keys) =>
      session.table(keys, [
        { heading: "ID", value: ({ id }) => id },
        { heading: "USE", value: ({ use }) => use },
        { heading: "ALGORITHM", optional: true, value: ({ algorithm }) => algorithm },
        { heading: "HOLDER", value: holderText, elastic: true },
        { heading: "STATE", value: stateText, paint: (key, text) => paintState(key, text, session) },
        { heading: "MADE", optional: true, value: ({ createdAt }) => ago(createdAt, now) },
      ]),
    );
  },
});
