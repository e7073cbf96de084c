/** Redis as a cluster and under a sentinel, of as few processes as these are made of. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { leaveToReaper } from "../../../../../test/platform/reaper.ts";
import { findRedisServer } from "../../../../../test/platform/redis-server.ts";
import { freePort } from "../../../../../test/platform/platform.ts";
import { until } from "./platform.ts";

export interface Servers {
  readonly ports: readonly number[];
  client(port: number): Redis;
  kill(port: number): Promise<void>;
  stop(): Promise<void>;
}

interface Started {
  servers: Servers;
  launch: (port: number, ...args: string[]) => Promise<void>;
  directory: string;
}

function servers(ports: readonly number[]): Started {
  const program = findRedisServer();
  if (program === null) throw new Error("there is no redis-server on this machine");
  const directory = mkdtempSync(join(tmpdir(), "orrery-redis-"));
  leaveToReaper({ directory });
  const processes = new Map<number, ChildProcess>();
  const clients: Redis[] = [];
  const client = (port: number): Redis => {
    const made = new Redis(port, "127.0.0.1", { retryStrategy: () => 100, maxRetriesPerRequest: null });
    made.on("error", () => {});
    clients.push(made);
    return made;
  };
  const kill = async (port: number): Promise<void> => {
    const child = processes.get(port);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  return {
    directory,
    async launch(port, ...args) {
      const child = spawn(program, args, { stdio: "ignore", detached: true });
      if (child.pid !== undefined) leaveToReaper({ group: child.pid });
      processes.set(port, child);
      await client(port).ping();
    },
    servers: {
      ports,
      client,
      kill,
      async stop() {
        for (const one of clients) one.disconnect();
        for (const port of ports) await kill(port);
        rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
      },
    },
  };
}

const quiet = (port: number, directory: string): string[] => [
  "--bind",
  "127.0.0.1",
  "--port",
  String(port),
  "--dir",
  directory,
  "--save",
  "",
];

const clustered = (port: number, directory: string, bus: number): string[] => [
  ...quiet(port, directory),
  "--cluster-enabled",
  "yes",
  "--cluster-config-file",
  `nodes-${port}.conf`,
  // The default is the port and ten thousand, which may be none.
  "--cluster-port",
  String(bus),
];

/** A cluster of two masters, the slots shared between them. */
export async function startCluster(): Promise<Servers> {
  const ports = [await freePort(), await freePort()];
  const { servers: started, launch, directory } = servers(ports);
  for (const port of ports) {
    await launch(port, ...clustered(port, directory, await freePort()));
  }
  const [one = 0, other = 0] = ports;
  const bus = String(await started.client(other).config("GET", "cluster-port")).split(",")[1] ?? "";
  await started.client(one).call("CLUSTER", "ADDSLOTSRANGE", "0", "8191");
  await started.client(other).call("CLUSTER", "ADDSLOTSRANGE", "8192", "16383");
  await started.client(one).call("CLUSTER", "MEET", "127.0.0.1", String(other), bus);
  for (const port of ports) {
    await until(async () => (await started.client(port).cluster("INFO")).includes("cluster_state:ok"));
  }
  return started;
}

/**
 * A cluster of one master, reached on 127.0.0.3 and said to be on 127.0.0.1, and a replica that is said to be on 127.0.0.2.
 * Ports in this order.
 */
export async function startReplicatedCluster(): Promise<Servers> {
  const ports = [await freePort(), await freePort()];
  const [master = 0, replica = 0] = ports;
  const { servers: started, launch, directory } = servers(ports);
  const bus = await freePort();
  const at = (said: string, other: string): string[] => [
    "--bind",
    "127.0.0.1",
    other,
    "--cluster-announce-ip",
    said,
  ];
  await launch(master, ...clustered(master, directory, bus), ...at("127.0.0.1", "127.0.0.3"));
  await launch(replica, ...clustered(replica, directory, await freePort()), ...at("127.0.0.2", "127.0.0.2"));
  const [one, other] = [started.client(master), started.client(replica)];
  await one.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  await other.call("CLUSTER", "MEET", "127.0.0.1", String(master), String(bus));
  await until(async () => (await other.cluster("INFO")).includes("cluster_state:ok"));
  await other.call("CLUSTER", "REPLICATE", String(await one.call("CLUSTER", "MYID")));
  await until(async () => JSON.stringify(await one.cluster("SLOTS")).includes("127.0.0.2"));
  return started;
}

/** A master, its replica, and a sentinel that makes the replica master when asked. Ports in this order. */
export async function startSentinel(name: string): Promise<Servers> {
  const ports = [await freePort(), await freePort(), await freePort()];
  const [master = 0, replica = 0, sentinel = 0] = ports;
  const { servers: started, launch, directory } = servers(ports);
  await launch(master, ...quiet(master, directory));
  await launch(replica, ...quiet(replica, directory), "--replicaof", `127.0.0.1 ${master}`);
  await until(async () => (await started.client(replica).info("replication")).includes("link_status:up"));
  const file = join(directory, "sentinel.conf");
  writeFileSync(
    file,
    `bind 127.0.0.1\nport ${sentinel}\ndir ${directory}\n` +
      `sentinel monitor ${name} 127.0.0.1 ${master} 1\nsentinel down-after-milliseconds ${name} 1000\n`,
  );
  await launch(sentinel, file, "--sentinel");
  await until(async () => {
    const replicas = await started.client(sentinel).call("SENTINEL", "REPLICAS", name);
    return Array.isArray(replicas) && replicas.length === 1;
  });
  return started;
}
