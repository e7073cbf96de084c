import { Argument, Option, defineCommand } from "../command.ts";
import { UsageError } from "../failure.ts";
import { bridgeView } from "./bridge-view.ts";
import { channelOptions, channelsOf, type ChannelOptions } from "./channel-options.ts";
import { findBridge } from "./find-bridge.ts";
import { addressOf, addressOptions, type AddressOptions } from "./redis-address.ts";
import { expectConnection, settled, waitOption, type WaitOption } from "./settled.ts";

interface Options extends AddressOptions, ChannelOptions, WaitOption {
  name?: string;
  enable?: true;
  disable?: true;
}

export const update = defineCommand<[bridge: string], Options>({
  name: "update",
  summary: "change a bridge, or disconnect it and connect it again",
  description:
    "Changes what is given and leaves the rest. With another address or other channels it connects anew, and nothing is lost by it; " +
    "where that takes too long, this fails, and the bridge goes on trying.",
  arguments: [new Argument("<bridge>", "its id or name")],
  options: [
    new Option("--name <name>", "a new name"),
    ...addressOptions(),
    ...channelOptions(),
    new Option("--enable", "connect").conflicts("disable"),
    new Option("--disable", "disconnect it from Redis, and keep what it has"),
    waitOption(),
  ],
  examples: [
    ["orrery bridge update newfuse --mode tasks=streams", "take tasks from a stream from now on"],
    ["orrery bridge update newfuse --signing results=require", "sign results, and refuse those that are not"],
    ["orrery bridge update newfuse --disable", "leave this Redis alone for a while"],
  ],
  async run(session, options, idOrName) {
    const redis = await addressOf(options, session.terminal);
    const current = await findBridge(session.client, idOrName);
    const channels = channelsOf(options, current.channels);
    const patch = {
      ...(options.name !== undefined && { name: options.name }),
      ...(redis !== undefined && { redis }),
      ...(channels !== undefined && { channels }),
      ...(options.enable === true && { enabled: true }),
      ...(options.disable === true && { enabled: false }),
    };
    if (Object.keys(patch).length === 0)
      throw new UsageError("Say what to change, such as --mode or --redis.");
    const changed = await session.client.bridges.update(current.id, patch);
    const bridge = await settled(session.client, changed, options.wait);
    session.show(bridge, () => bridgeView(bridge, session));
    expectConnection(bridge);
  },
});
