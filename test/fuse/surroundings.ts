/** What a test of agents behind Redis runs in: a Redis, a model that echoes, the platform, and a bridge between. */
import { rmSync } from "node:fs";
import type { CreateBridge, CreateFuseAgent, FuseAgent } from "@orrery/protocol";
import { startPlatform, stateFolder } from "../platform/platform.ts";
import type { Platform } from "../platform/platform.ts";
import { fuseApi, untilConnected } from "./api.ts";
import type { FuseApi } from "./api.ts";
import { startEchoModel } from "./echo-model.ts";
import type { EchoModel } from "./echo-model.ts";
import { startDispatcher } from "./peers/dispatcher.ts";
import type { Dispatcher, DispatcherOptions } from "./peers/dispatcher.ts";
import type { ChannelMode } from "./peers/wire.ts";
import { startRedis } from "./redis.ts";
import type { RedisServer, RedisServerOptions } from "./redis.ts";

export interface Surroundings {
  redis: RedisServer;
  model: EchoModel;
  platform: Platform;
  api: FuseApi;
  /** A bridge that is connected; the channels' names are those of the existing system. */
  bridge(settings?: Partial<CreateBridge>): Promise<string>;
  /** An agent behind a bridge that answers by itself, unless told otherwise. */
  agent(bridgeId: string, id: string, settings?: Partial<CreateFuseAgent>): Promise<FuseAgent>;
  dispatcher(options?: DispatcherOptions): Promise<Dispatcher>;
  stop(): Promise<void>;
}

export async function begin(
  options: { redis?: RedisServerOptions; env?: Record<string, string> } = {},
): Promise<Surroundings> {
  const redis = await startRedis(options.redis);
  const model = await startEchoModel();
  const servers = { echo: { baseUrl: model.baseUrl } };
  // Kept until the test is over, so that it can be looked at when nothing runs any more.
  const state = stateFolder();
  const platform = await startPlatform({
    state,
    env: { MODEL_SERVERS: JSON.stringify(servers), ...options.env },
  });
  const api = fuseApi(platform);
  const dispatchers: Dispatcher[] = [];
  return {
    redis,
    model,
    platform,
    api,
    async bridge(settings = {}) {
      const { id } = await api.createBridge({
        name: "The New Fuse",
        redis: { kind: "tcp", url: redis.url },
        ...settings,
      });
      await untilConnected(api, id);
      return id;
    },
    agent: (bridgeId, id, settings = {}) =>
      api.createAgent({ id, bridgeId, model: "echo/echo-0", mode: "orrery", ...settings }),
    async dispatcher(more) {
      const dispatcher = await startDispatcher(redis, more);
      dispatchers.push(dispatcher);
      return dispatcher;
    },
    async stop() {
      for (const dispatcher of dispatchers) dispatcher.close();
      await platform.stop();
      await model.stop();
      await redis.stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** Settings of a bridge all of whose channels are in one mode. */
export const channelsIn = (mode: ChannelMode) => ({
  coordination: { name: "AI_COORDINATION_CHANNEL", mode },
  tasks: { name: "AI_TASK_CHANNEL", mode },
  results: { name: "AI_RESULT_CHANNEL", mode },
});

/** Long enough for what must not come to have come. */
export const aWhile = (milliseconds = 500): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
