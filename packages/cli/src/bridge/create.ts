import { Argument, Option, defineCommand } from "../command.ts";
import { UsageError } from "../failure.ts";
import { bridgeView } from "./bridge-view.ts";
import { channelOptions, channelsOf, type ChannelOptions } from "./channel-options.ts";
import { configurationOf } from "./configuration-file.ts";
import { addressOf, addressOptions, type AddressOptions } from "./redis-address.ts";
import { expectConnection, settled, waitOption, type WaitOption } from "./settled.ts";

interface Options extends AddressOptions, ChannelOptions, WaitOption {
  config?: string;
  namespace?: string;
  disabled?: true;
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
    new Option(
      "--config <file>",
      "the existing system's configuration as JSON, {namespace, persistence, communication}; - is standard input",
    ),
    new Option("--namespace <name>", "names what is the bridge's own in Redis (newfuse-agents)"),
    new Option("--disabled", "make it, and do not connect yet"),
    waitOption(),
  ],
  examples: [
    ["orrery bridge create newfuse --redis redis://127.0.0.1:6379", "a Redis on this machine, over pub/sub"],
    [
      "orrery bridge create newfuse --redis rediss://redis.example.com:6380 --username orrery --password-file pw --mode streams",
      "one elsewhere, over TLS as a user of its ACL, over streams",
    ],
    [
      "orrery bridge create newfuse --redis redis://127.0.0.1:6379 --config newfuse.json",
      "under the namespace that the existing system's configuration names",
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
    const configured = options.config === undefined ? {} : await configurationOf(options.config, session);
    const made = await session.client.bridges.create({
      name,
      redis,
      ...(channels !== undefined && { channels }),
      ...configured,
      ...(options.namespace !== undefined && { namespace: options.namespace }),
      ...(options.disabled === true && { enabled: false }),
    });
    const bridge = await settled(session.client, made, options.wait);
    session.show(bridge, () => bridgeView(bridge, session));
    expectConnection(bridge);
  },
});
