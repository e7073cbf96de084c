import type { Bridge, OrreryClient } from "@orrery/client";
import { Argument, Option, defineCommand, numeric } from "../command.ts";
import { UsageError } from "../failure.ts";
import { bridgeView } from "./bridge-view.ts";
import { channelOptions, channelsOf, type ChannelOptions } from "./channel-options.ts";
import { addressOf, addressOptions, type AddressOptions } from "./redis-address.ts";
import { expectConnection } from "./status.ts";

interface Options extends AddressOptions, ChannelOptions {
  namespace?: string;
  disabled?: true;
  wait: number;
}

export const create = defineCommand<[name: string], Options>({
  name: "create",
  summary: "connect the workspace to a Redis",
  description:
    "Makes a bridge and waits until it is connected. Fails where it does not connect in time; the bridge stays, and goes on trying.",
  arguments: [new Argument("<name>", "what to call it")],
  options: [
    ...addressOptions(),
    ...channelOptions(),
    new Option("--namespace <name>", "names what is the bridge's own in Redis (newfuse-agents)"),
    new Option("--disabled", "make it, and do not connect yet"),
    numeric(new Option("--wait <seconds>", "wait for the connection so long").default(10), {
      min: 0,
      max: 600,
    }),
  ],
  examples: [
    ["orrery bridge create newfuse --redis redis://127.0.0.1:6379", "a Redis on this machine, over pub/sub"],
    [
      "orrery bridge create newfuse --redis rediss://redis.example.com:6380 --username orrery --password-file pw --mode streams",
      "one elsewhere, over TLS as a user of its ACL, over streams",
    ],
    [
      "orrery bridge create newfuse --sentinel s1:26379 --sentinel s2:26379 --master main",
      "whichever server the Sentinels say is in charge",
    ],
  ],
  async run(session, options, name) {
    const redis = await addressOf(options, session.terminal);
    if (redis === undefined) throw new UsageError("Say where Redis is: --redis redis://127.0.0.1:6379");
    const channels = channelsOf(options);
    const made = await session.client.bridges.create({
      name,
      redis,
      ...(channels !== undefined && { channels }),
      ...(options.namespace !== undefined && { namespace: options.namespace }),
      ...(options.disabled === true && { enabled: false }),
    });
    const bridge = await settled(session.client, made, options.wait * 1_000);
    session.show(bridge, () => bridgeView(bridge, session));
    expectConnection(bridge);
  },
});

/** Milliseconds between two looks at a bridge that connects. */
const look = 200;

/** The bridge once it is connected, or as it is when the time is over. */
export async function settled(client: OrreryClient, made: Bridge, timeMs: number): Promise<Bridge> {
  let bridge = made;
  for (let left = timeMs; left > 0 && bridge.enabled && bridge.status.state !== "connected"; left -= look) {
    await new Promise((resolve) => setTimeout(resolve, look));
    bridge = await client.bridges.get(bridge.id);
  }
  return bridge;
}
