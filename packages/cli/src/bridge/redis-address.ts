import type { CreateBridge } from "@orrery/client";
import { Option, gathered, numeric } from "../command.ts";
import { UsageError } from "../failure.ts";
import { readSecretFile } from "../secret-file.ts";
import type { Terminal } from "../terminal.ts";

type RedisAddress = CreateBridge["redis"];

/** Where Redis is and as whom; both `create` and `update` take it. */
export interface AddressOptions {
  redis?: string;
  sentinel?: string[];
  master?: string;
  cluster?: string[];
  rest?: string;
  tls?: true;
  db?: number;
  username?: string;
  passwordFile?: string;
}

/** Made anew for each command: Commander keeps what an option was given in the option. */
export const addressOptions = (): Option[] =>
  [
    new Option("--redis <url>", "redis://host:port/db, or rediss:// with TLS").conflicts([
      "sentinel",
      "cluster",
      "rest",
    ]),
    gathered(new Option("--sentinel <host:port>", "a Sentinel; may be repeated")).conflicts([
      "cluster",
      "rest",
    ]),
    new Option("--master <name>", "the Sentinels' name for the group (mymaster)"),
    gathered(new Option("--cluster <host:port>", "a node of a Cluster; may be repeated")).conflicts("rest"),
    new Option("--rest <url>", "the REST form, over HTTPS, for places without TCP"),
    new Option("--tls", "with --sentinel and --cluster: speak TLS"),
    numeric(new Option("--db <number>", "with --sentinel: the database (0)"), {
      min: 0,
      max: 9_999,
      whole: true,
    }),
    new Option("--username <name>", "the user of an ACL"),
    new Option(
      "--password-file <path>",
      "read the password, or the REST token, from a file; - is standard input (else REDIS_PASSWORD)",
    ),
  ].map((option) => option.helpGroup("Where Redis is:"));

/**
 * The address that was given; undefined where none was.
 * @throws UsageError it does not fit together, or the password cannot be read
 */
export async function addressOf(
  options: AddressOptions,
  terminal: Terminal,
): Promise<RedisAddress | undefined> {
  const { redis, sentinel, cluster, rest, username } = options;
  const kinds = [redis, sentinel, cluster, rest].filter((given) => given !== undefined);
  if (kinds.length === 0) {
    if (username !== undefined || options.passwordFile !== undefined) {
      throw new UsageError("A user or a password belongs to an address: give --redis too.");
    }
    return undefined;
  }
  const password = await readPassword(options.passwordFile, terminal);
  const asWhom = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
  const tls = options.tls === true;
  if (sentinel !== undefined) {
    const { master = "mymaster", db = 0 } = options;
    return { kind: "sentinel", sentinels: sentinel.map(hostOf), master, tls, db, ...asWhom };
  }
  if (cluster !== undefined) return { kind: "cluster", nodes: cluster.map(hostOf), tls, ...asWhom };
  if (rest !== undefined) {
    return { kind: "rest", url: rest, ...(password !== undefined && { token: password }) };
  }
  return { kind: "tcp", ...asWhom, ...withoutCredentials(redis ?? "", asWhom) };
}

/** An address as people copy it, with user and password in it, is taken apart: it is shown in lists later. */
function withoutCredentials(
  given: string,
  asWhom: { username?: string; password?: string },
): { url: string; username?: string; password?: string } {
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw new UsageError(`--redis is not an address: ${given}`);
  }
  const username = asWhom.username ?? decodeURIComponent(url.username);
  const password = asWhom.password ?? decodeURIComponent(url.password);
  url.username = "";
  url.password = "";
  return {
    url: url.href.replace(/\/$/, ""),
    ...(username !== "" && { username }),
    ...(password !== "" && { password }),
  };
}

function hostOf(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (match === null) throw new UsageError(`${text} is not a host and a port, such as redis-1:26379.`);
  return { host: match[1] ?? match[2] ?? "", port: Number(match[3]) };
}

async function readPassword(path: string | undefined, terminal: Terminal): Promise<string | undefined> {
  if (path !== undefined) return readSecretFile(path, terminal);
  return terminal.env["REDIS_PASSWORD"] || undefined;
}
