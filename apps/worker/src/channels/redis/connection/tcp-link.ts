/** Redis over TCP, by ioredis: one server, one found by sentinels, or a cluster. Why ioredis: decision 0033. */
import type { RedisAddress } from "@orrery/protocol";
import type { Cluster, Redis, RedisOptions } from "ioredis";
import { connectorFor } from "./connector.ts";
import type { ConnectorBase } from "./connector.ts";
import { blockMs, silenceMs } from "./contract.ts";
import type { Command, RedisConnection, RedisLink, Subscription } from "./contract.ts";
import { masterOf } from "./sentinels.ts";
import type { HostAndPort } from "./sentinels.ts";
import type { WaysOut } from "./ways-out.ts";

type TcpAddress = Exclude<RedisAddress, { kind: "rest" }>;
type Client = Redis | Cluster;

/** Milliseconds within which a socket must open. */
const connectMs = 3_000;

/**
 * Connections that do not mend themselves: when one is lost all are, and the bridge makes new ones. So nothing is sent
 * twice by a library that cannot know whether it arrived, and each new connection begins by looking what it missed.
 */
const common = (name: string, silence: number) =>
  ({
    connectionName: name,
    connectTimeout: connectMs,
    socketTimeout: silence,
    // Answers as the REST form has them, too.
    protocol: 2 as const,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: null,
    lazyConnect: true,
    disableClientInfo: true,
  }) satisfies RedisOptions;

/** What the clients of one connection differ in. */
type ServerOptions = ReturnType<typeof common> &
  Partial<Record<"host" | "username" | "password", string>> & {
    port?: number;
    db?: number;
    tls?: Record<string, never>;
  };

/** Makes clients whose sockets are opened by `ways`. */
async function clientsOf(ways: WaysOut) {
  // Loaded here, so that isolates without a bridge do not have it in memory.
  const { AbstractConnector, Cluster: ClusterClient, Redis: RedisClient } = await import("ioredis");
  const Connector = connectorFor(AbstractConnector as ConnectorBase, ways);
  return {
    server: (options: ServerOptions): Redis =>
      new RedisClient({ ...options, retryStrategy: null, Connector }),
    // Not to subscribe by: it opens the socket for that past `Connector`, and with none of the limits on silence.
    cluster: (nodes: readonly HostAndPort[], options: ServerOptions): Cluster => {
      const { enableOfflineQueue: _, lazyConnect: __, ...redisOptions } = options;
      return new ClusterClient([...nodes], {
        redisOptions: { ...redisOptions, Connector },
        clusterRetryStrategy: null,
        enableOfflineQueue: false,
        lazyConnect: true,
        slotsRefreshTimeout: connectMs,
        // Names are resolved where the socket is opened, and certificates are checked against them.
        dnsLookup: (host, done) => done(null, host),
      });
    },
  };
}

/** Which client is wanted, and how its sockets are opened. */
interface Wanted {
  readonly address: TcpAddress;
  readonly name: string;
  /** Milliseconds of silence after which it is taken for dead. */
  readonly silence: number;
  readonly ways: WaysOut;
  /** Of a cluster, the one node that is spoken to. */
  readonly node?: HostAndPort | undefined;
}

async function clientOf({ address, name, silence, ways, node }: Wanted): Promise<Client> {
  const clients = await clientsOf(ways);
  const user = {
    ...(address.username !== undefined && { username: address.username }),
    ...(address.password !== undefined && address.password !== "" && { password: address.password }),
  };
  const options = { ...common(name, silence), ...user };
  switch (address.kind) {
    case "tcp": {
      const url = new URL(address.url);
      return clients.server({
        ...options,
        host: url.hostname,
        port: Number(url.port === "" ? 6379 : url.port),
        db: Number(url.pathname.slice(1)),
        ...(url.protocol === "rediss:" && { tls: {} }),
      });
    }
    case "sentinel": {
      const { sentinels, master, db } = address;
      const tls = { ...(address.tls && { tls: {} }) };
      const ask = (sentinel: HostAndPort): Redis =>
        clients.server({ ...common(`${name}:sentinel`, silence), ...sentinel, ...tls });
      return clients.server({ ...options, ...(await masterOf(sentinels, master, ask)), db, ...tls });
    }
    case "cluster": {
      const secured = { ...options, ...(address.tls && { tls: {} }) };
      return node ? clients.server({ ...secured, ...node }) : clients.cluster(address.nodes, secured);
    }
  }
}

/** A client that is connected, and what its end is told to. */
async function connect(wanted: Wanted, ended: (error: Error) => void): Promise<Client> {
  const client = await clientOf(wanted);
  let reason: Error | undefined;
  client.on("error", (error: Error) => {
    reason = error;
  });
  try {
    await client.connect();
  } catch (error) {
    client.disconnect();
    // What was said before the end says more than that it ended.
    throw reason ?? error;
  }
  client.once("end", () => ended(reason ?? new Error("Connection is closed.")));
  return client;
}

const connectionOf = (client: Client): RedisConnection => ({
  call: ([name = "", ...args]) => client.call(name, ...args),
  async pipeline(commands: readonly Command[]) {
    // A cluster's commands go to different nodes, each by itself.
    if (client.isCluster) {
      const answers = commands.map(async ([name = "", ...args]): Promise<unknown> => {
        try {
          return await client.call(name, ...args);
        } catch (error) {
          return error;
        }
      });
      return await Promise.all(answers);
    }
    const pipeline = client.pipeline();
    for (const [name = "", ...args] of commands) pipeline.call(name, ...args);
    const answers = (await pipeline.exec()) ?? [];
    return answers.map(([error, value]): unknown => error ?? value);
  },
});

/** The nodes of a cluster, as it said of itself; null of one server. */
const nodesOf = (client: Client): HostAndPort[] | null =>
  "nodes" in client
    ? client.nodes().map(({ options: { host = "", port = 6379 } }) => ({ host, port }))
    : null;

/** Opens the connection for commands; others follow as they are asked for. @throws Error where it cannot be opened */
export async function openTcpLink(address: TcpAddress, name: string, ways: WaysOut): Promise<RedisLink> {
  const { promise: lost, resolve: ended } = Promise.withResolvers<Error>();
  const clients: Client[] = [];
  let closed = false;
  const open = async (part: string, silence: number, node?: HostAndPort): Promise<Client> => {
    const client = await connect({ address, name: `${name}:${part}`, silence, ways, node }, ended);
    clients.push(client);
    if (closed) client.disconnect();
    return client;
  };
  const first = await open("commands", silenceMs);
  /** What is published in a cluster is heard at each of its nodes. */
  const openSubscriber = async (): Promise<Client> => {
    const nodes = nodesOf(first);
    if (nodes === null) return await open("subscriber", silenceMs);
    let last: unknown = new Error("The cluster has no nodes");
    for (const node of nodes) {
      try {
        return await open("subscriber", silenceMs, node);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  };
  return {
    commands: connectionOf(first),
    anySlots: address.kind !== "cluster",
    blocking: true,
    lost,
    reader: async (part) => connectionOf(await open(part, blockMs + silenceMs)),
    async subscribe(channels, hear) {
      const client = await openSubscriber();
      client.on("message", hear);
      let listened: readonly string[] = [];
      const subscription: Subscription = {
        async listen(wanted) {
          const gone = listened.filter((channel) => !wanted.includes(channel));
          const added = wanted.filter((channel) => !listened.includes(channel));
          listened = [...wanted];
          if (added.length > 0) await client.subscribe(...added);
          if (gone.length > 0) await client.unsubscribe(...gone);
        },
        ping: async () => void (await client.ping()),
      };
      await subscription.listen(channels);
      return subscription;
    },
    close(reason) {
      closed = true;
      if (reason !== undefined) ended(reason);
      for (const client of clients) client.disconnect();
    },
  };
}
