/** What the measures of the New Fuse run in: a Redis, bridges on the platform, and the agents behind them. */
import type { Bridge, FuseAgent, PublicJwk } from "@orrery/protocol";
import type { JWK } from "jose";
import { fuseApi, untilConnected } from "../../../test/fuse/api.ts";
import type { FuseApi } from "../../../test/fuse/api.ts";
import { startDispatcher } from "../../../test/fuse/peers/dispatcher.ts";
import type { Dispatcher } from "../../../test/fuse/peers/dispatcher.ts";
import type { Message } from "../../../test/fuse/peers/message.ts";
import { makePeerKeys, seal, sign } from "../../../test/fuse/peers/protection.ts";
import type { ChannelMode } from "../../../test/fuse/peers/wire.ts";
import { startRedis } from "../../../test/fuse/redis.ts";
import type { RedisServer } from "../../../test/fuse/redis.ts";
import type { Bench } from "../measures/contract.ts";
import type { Running } from "../servers.ts";

/**
 * Models that answer at once, and briefly: one within the platform, so that what passing costs is not drowned by what
 * asking a model costs; and one over HTTP, which a worker elsewhere can ask, too.
 */
export const builtIn = "offline/extract";
export const overHttp = "mock-5x0";

export interface Surroundings {
  redis: RedisServer;
  running: Running;
  api: FuseApi;
  stop(): Promise<void>;
}

/** A bridge with agents behind it and a dispatcher before it. */
export interface Fleet {
  bridge: Bridge;
  agents: readonly string[];
  dispatcher: Dispatcher;
}

export async function begin(bench: Bench): Promise<Surroundings> {
  const redis = await startRedis();
  const running = await bench.start("orrery", "fuse");
  const { url, token = "" } = running.address;
  return {
    redis,
    running,
    api: fuseApi({ url, token }),
    async stop() {
      await running.stop();
      await redis.stop();
    },
  };
}

export interface FleetOptions {
  name: string;
  mode: ChannelMode;
  agents: number;
  model?: string;
  /** Tasks and answers carry signatures, which are checked. */
  signed?: boolean;
  /** Tasks are encrypted to the agent, its answers to the dispatcher. */
  encrypted?: boolean;
}

export const channelsOf = (name: string) => ({
  coordination: `${name}:coordination`,
  tasks: `${name}:tasks`,
  results: `${name}:results`,
});

export async function makeFleet({ api, redis }: Surroundings, options: FleetOptions): Promise<Fleet> {
  const { name, mode, model = builtIn, signed = false, encrypted = false } = options;
  const names = channelsOf(name);
  const policy = (on: boolean) => (on ? "require" : "off");
  // An acknowledgment is never encrypted, so there the channel asks for none.
  const channel = (of: string, holdsContent = true) =>
    ({
      name: of,
      mode,
      signing: policy(signed),
      encryption: policy(encrypted && holdsContent),
      maxLength: 1_000_000,
    }) as const;
  const bridge = await api.createBridge({
    name,
    redis: { kind: "tcp", url: redis.url },
    namespace: name,
    channels: {
      coordination: channel(names.coordination, false),
      tasks: channel(names.tasks),
      results: channel(names.results),
    },
  });
  await untilConnected(api, bridge.id);
  const keys = await makePeerKeys(`${name}-key`);
  const holder = { kind: "peer", name: "dispatcher" } as const;
  if (signed) {
    const publicJwk = keys.signing.publicJwk as PublicJwk; // jose's own type is of any key
    await api.createKey({ use: "sign", algorithm: "Ed25519", holder, id: keys.id, publicJwk });
    await api.createKey({ use: "sign", algorithm: "Ed25519", holder: { kind: "workspace" } });
  }
  if (encrypted) {
    const publicJwk = keys.encryption.publicJwk as PublicJwk;
    await api.createKey({ use: "encrypt", algorithm: "ECDH-ES+A256KW", holder, publicJwk });
  }
  const recipients = new Map<string, JWK>();
  const agents: FuseAgent[] = [];
  for (let index = 0; index < options.agents; index += 1) {
    const agent = {
      id: `${name}-${index}`,
      bridgeId: bridge.id,
      model,
      mode: "orrery",
      // Others take no ciphertext.
      confidential: encrypted,
    } as const;
    const made = await api.createAgent(agent);
    agents.push(made);
    if (encrypted) {
      const of = { kind: "agent", agentId: made.agentId } as const;
      const key = await api.createKey({ use: "encrypt", algorithm: "ECDH-ES+A256KW", holder: of });
      if (key.publicJwk) recipients.set(agent.id, { ...(key.publicJwk as JWK), kid: key.id });
    }
  }
  const protect = async (task: Message): Promise<Message> => {
    const to = recipients.get(task.header.target);
    const sealed = to ? await seal(task, to) : task;
    return signed ? await sign(sealed, keys, `${bridge.namespace}/${names.tasks}`) : sealed;
  };
  const dispatcher = await startDispatcher(redis, { mode, channels: names, protect });
  return { bridge, agents: agents.map(({ id }) => id), dispatcher };
}
