/** What a trial is made in: a platform, a Redis, agents behind two bridges, and a dispatcher before each. */
import { fuseApi, untilConnected } from "../../fuse/api.ts";
import { startDispatcher } from "../../fuse/peers/dispatcher.ts";
import type { Dispatcher } from "../../fuse/peers/dispatcher.ts";
import type { ChannelMode, ChannelNames } from "../../fuse/peers/wire.ts";
import type { RedisServer } from "../../fuse/redis.ts";
import type { Platform, PlatformOptions } from "../../platform/platform.ts";

/** Agents that take what one dispatcher sends. */
export interface Side {
  mode: ChannelMode;
  bridgeId: string;
  agents: readonly string[];
  dispatcher: Dispatcher;
}

export interface World {
  /** The one that runs now. */
  platform: Platform;
  /** With what it is started again. */
  again: PlatformOptions;
  redis: RedisServer;
  streams: Side;
  pubsub: Side;
}

/** The capability that every agent has. */
export const capability = "counting";

/** Tokens of each answer, and the models that give them: at once, and over a quarter of a second. */
export const answers = { "mock/quick-5x0": 5, "mock/slow-10x25": 10 } as const;
export const agentsASide = 4;

export async function makeSide(platform: Platform, redis: RedisServer, mode: ChannelMode): Promise<Side> {
  const api = fuseApi(platform);
  const channels: ChannelNames = {
    coordination: `${mode}:coordination`,
    tasks: `${mode}:tasks`,
    results: `${mode}:results`,
  };
  const channel = (name: string) => ({ name, mode });
  const { id: bridgeId } = await api.createBridge({
    name: mode,
    redis: { kind: "tcp", url: redis.url },
    namespace: `trial-${mode}`,
    channels: {
      coordination: channel(channels.coordination),
      tasks: channel(channels.tasks),
      results: channel(channels.results),
    },
  });
  await untilConnected(api, bridgeId);
  const models = Object.keys(answers);
  const agents: string[] = [];
  for (let index = 0; index < agentsASide; index += 1) {
    const id = `${mode}-agent-${index}`;
    const model = models[index % models.length] ?? "auto";
    await api.createAgent({ id, bridgeId, model, capabilities: [capability], mode: "orrery" });
    agents.push(id);
  }
  const dispatcher = await startDispatcher(redis, { mode, channels });
  return { mode, bridgeId, agents, dispatcher };
}
