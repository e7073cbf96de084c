/**
 * A real redis-server for tests: a process of its own on a free port, its files in a folder of its own, with ways to
 * hurt it. It ends with the process that started it, however that ends.
 */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { RedisOptions } from "ioredis";
import { leaveToReaper } from "../platform/reaper.ts";
import { findRedisServer } from "../platform/redis-server.ts";
import { freePort } from "../platform/platform.ts";

export interface RedisServerOptions {
  /** Writes each command to the append-only file before it is answered, so that `kill -9` loses nothing answered. */
  appendOnly?: boolean;
  /** Of the default user. */
  password?: string;
  /** Lines of an ACL file without the word `user`, such as `bridge on >secret ~* &* +@all`. */
  users?: readonly string[];
  /** Serves TLS, under a certificate authority made for it. */
  tls?: boolean;
}

export type ClientOptions = Pick<
  RedisOptions,
  "username" | "password" | "tls" | "db" | "connectionName" | "retryStrategy" | "maxRetriesPerRequest"
>;

export interface RedisServer {
  host: string;
  port: number;
  /** As a bridge is given it: with neither user nor password. */
  url: string;
  /** Where its append-only file and its snapshot lie. */
  directory: string;
  /** The certificate of the authority in PEM, where it serves TLS. */
  authority: string | undefined;
  /** A connection that waits for the server for as long as it takes. It is closed when the server is stopped. */
  client(options?: ClientOptions): Redis;
  /** `kill -9`, and waits until it has gone. */
  kill(): Promise<void>;
  /** Starts it again on its port and its files. */
  start(): Promise<void>;
  /** SIGSTOP: its sockets stay open and nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Cuts connections of others at the server, all but those that {@link RedisServer.client} made. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a Redis and waits until it answers. @throws Error with what it said where it does not */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const program = findRedisServer();
  if (program === null) throw new Error("there is no redis-server on this machine");
  const directory = mkdtempSync(join(tmpdir(), "orrery-redis-"));
  leaveToReaper({ directory });
  const port = await freePort();
  const authority = options.tls ? makeCertificates(directory) : undefined;
  const args = argumentsOf(options, port, directory);
  const clients = new Set<Redis>();
  let child = await begin(program, args);

  const defaults: ClientOptions = {
    ...(options.password !== undefined && { password: options.password }),
    ...(authority !== undefined && { tls: { ca: authority } }),
    maxRetriesPerRequest: null,
    retryStrategy: () => 50,
  };
  const connect = (more: ClientOptions = {}): Redis => {
    const client = new Redis(port, "127.0.0.1", { ...defaults, ...more });
    // It comes again by itself; what fails meanwhile is told to whoever asked.
    client.on("error", () => {});
    clients.add(client);
    client.once("end", () => clients.delete(client));
    return client;
  };
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  return {
    host: "127.0.0.1",
    port,
    url: `${options.tls ? "rediss" : "redis"}://127.0.0.1:${port}`,
    directory,
    authority,
    client: connect,
    kill,
    async start() {
      await kill();
      child = await begin(program, args);
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async cut() {
      const control = connect();
      const own = new Set(await Promise.all([...clients].map((client) => client.client("ID"))));
      const list = String(await control.client("LIST"));
      const others = [...list.matchAll(/^id=(\d+) /gm)]
        .map(([, id]) => Number(id))
        .filter((id) => !own.has(id));
      await Promise.all(others.map((id) => control.client("KILL", "ID", id)));
      control.disconnect();
    },
    async stop() {
      for (const client of clients) client.disconnect();
      await kill();
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function argumentsOf(options: RedisServerOptions, port: number, directory: string): string[] {
  const settings: Record<string, string | number> = {
    bind: "127.0.0.1",
    port: options.tls ? 0 : port,
    dir: directory,
    // Snapshots are made when a test asks for one.
    save: "",
    // Whoever looks for a text in them is to find it.
    rdbcompression: "no",
    appendonly: options.appendOnly ? "yes" : "no",
    appendfsync: "always",
  };
  if (options.password !== undefined) settings["requirepass"] = options.password;
  if (options.tls) {
    settings["tls-port"] = port;
    settings["tls-auth-clients"] = "no";
    settings["tls-ca-cert-file"] = join(directory, "authority.pem");
    settings["tls-cert-file"] = join(directory, "server.pem");
    settings["tls-key-file"] = join(directory, "server.key");
  }
  const users = (options.users ?? []).flatMap((user) => ["--user", ...user.split(" ")]);
  return [...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]), ...users];
}

/** Starts the process; resolves once it says that it takes connections. */
async function begin(program: string, args: readonly string[]): Promise<ChildProcess> {
  // A group of its own, which the reaper ends where this process is killed and cannot.
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  running.add(child);
  child.once("exit", () => running.delete(child));
  if (child.pid !== undefined) leaveToReaper({ group: child.pid });
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes("Ready to accept connections")) resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`redis-server ended instead of serving:\n${output}`)));
  });
  // From here on what it says is not kept, but read: a full pipe would stop it.
  for (const stream of [child.stdout, child.stderr]) stream.removeAllListeners("data").resume();
  return child;
}

/** An authority and a certificate of it for loopback, in the folder; the authority's own certificate. */
function makeCertificates(directory: string): string {
  const at = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { stdio: "ignore" });
  };
  const pair = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const authority = [
    "-keyout",
    at("authority.key"),
    "-out",
    at("authority.pem"),
    "-subj",
    "/CN=Test authority",
  ];
  openssl("req", "-x509", ...pair, ...authority);
  const signed = ["-CA", at("authority.pem"), "-CAkey", at("authority.key")];
  const server = ["-keyout", at("server.key"), "-out", at("server.pem"), "-subj", "/CN=localhost"];
  // Not an authority itself: some who check take it for none of a server then.
  const names = [
    "-addext",
    "subjectAltName=DNS:localhost,IP:127.0.0.1",
    "-addext",
    "basicConstraints=critical,CA:FALSE",
  ];
  openssl("req", "-x509", ...pair, ...signed, ...server, ...names);
  return readFileSync(at("authority.pem"), "utf8");
}
