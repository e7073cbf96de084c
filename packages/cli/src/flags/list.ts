import type { Flag } from "@orrery/client";
import { defineCommand } from "../command.ts";
import type { Session } from "../session.ts";

export const list = defineCommand<[], object>({
  name: "list",
  isDefault: true,
  summary: "list what can be turned on bit by bit, and what is",
  examples: [["orrery flags list", "every flag there is"]],
  async run(session) {
    const items = await session.client.flags.list();
    session.show({ items, nextCursor: null }, () => flagTable(items, session));
  },
});

const word = (enabled: boolean): string => (enabled ? "on" : "off");

/** Flags with what holds, and whoever it holds otherwise for. */
export const flagTable = (flags: readonly Flag[], session: Session): string =>
  session.table(flags, [
    { heading: "FLAG", value: ({ name }) => name },
    {
      heading: "HERE",
      value: (flag) => word(flag.workspace ?? flag.default),
      paint: (flag, text) =>
        (flag.workspace ?? flag.default) ? session.style.green(text) : session.style.dim(text),
    },
    {
      heading: "SAID BY",
      optional: true,
      value: ({ workspace }) => (workspace === null ? "default" : "workspace"),
    },
    {
      heading: "AGENTS",
      value: ({ agents }) =>
        Object.entries(agents)
          .map(([id, enabled]) => `${id} ${word(enabled)}`)
          .join(", ") || null,
      elastic: true,
    },
    { heading: "WHAT IT DOES", optional: true, value: ({ description }) => description, elastic: true },
  ]);
