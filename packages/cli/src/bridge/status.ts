import { defineCommand } from "../command.ts";
import { bridgeView } from "./bridge-view.ts";
import { bridgeArgument, findBridge } from "./find-bridge.ts";
import { expectConnection } from "./settled.ts";

export const status = defineCommand<[bridge: string | undefined], object>({
  name: "status",
  summary: "show a bridge's connection, channels and counts",
  description:
    "Shows a bridge in full. Fails while it is to be connected and is not, so that a script can ask.",
  arguments: [bridgeArgument()],
  examples: [
    ["orrery bridge status", "the only bridge there is"],
    ["orrery bridge status newfuse --json", "for a program"],
  ],
  async run(session, _options, idOrName) {
    const bridge = await findBridge(session.client, idOrName);
    session.show(bridge, () => bridgeView(bridge, session));
    expectConnection(bridge);
  },
});
