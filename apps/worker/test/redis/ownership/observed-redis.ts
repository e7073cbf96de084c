/** A way to a real Redis that notes, for each message written under a lease, who had the lease at that very moment. */
import { writeScript } from "../../../src/channels/redis/scripts.ts";
import type { Command, RedisConnection, RedisLink } from "../../../src/channels/redis/connection/contract.ts";
import { createHash } from "node:crypto";
import type { RedisServer } from "../../../../../test/fuse/redis.ts";

export type Client = ReturnType<RedisServer["client"]>;

/** A message that was written under a lease. */
export interface Published {
  /** The one that wrote it. */
  readonly by: string;
  readonly fenceKey: string;
  /** The token that it was written under. */
  readonly token: number;
  /** What the lease's key held then. */
  readonly lease: string | null;
  readonly text: string;
}

const writeHash = createHash("sha1").update(writeScript).digest("hex");

/** Numbers of keys and arguments for each message of the script, and of arguments before the first. */
const keysEach = 4;
const argsEach = 7;
const argsBefore = 3;

function messagesOf(command: Command): { fenceKey: string; token: number; text: string }[] {
  const keyCount = Number(command[2]);
  const keys = command.slice(3, 3 + keyCount);
  const args = command.slice(3 + keyCount);
  return Array.from({ length: Number(args[1]) }, (_, index) => {
    const at = argsBefore + index * argsEach;
    return {
      fenceKey: keys[index * keysEach + 2] ?? "",
      token: args[at + 3] === "" ? Number.NaN : Number(args[at + 3]),
      text: args[at + 1] ?? "",
    };
  });
}

/** A link over `client` whose fenced messages are noted in `log`, in the order in which Redis wrote them. */
export function observedLink(client: Client, by: string, log: Published[]): RedisLink {
  const plain = (command: Command): Promise<unknown> => {
    const [name = "", ...args] = command;
    return client.call(name, ...args);
  };

  /** The lease is looked at in the same step as the messages are written. */
  const observed = async (command: Command): Promise<unknown> => {
    const messages = messagesOf(command);
    const [name = "", ...args] = command;
    const step = client.multi();
    for (const { fenceKey } of messages) step.call("GET", fenceKey);
    step.call(name, ...args);
    const results = (await step.exec()) ?? [];
    const [error, answers] = results.at(-1) ?? [new Error("no answer")];
    if (error) throw error;
    for (const [index, message] of messages.entries()) {
      if (Number.isNaN(message.token) || (answers as unknown[])[index] !== "written") continue;
      log.push({ by, ...message, lease: (results[index]?.[1] ?? null) as string | null });
    }
    return answers;
  };
  const isWrite = ([name, script]: Command): boolean =>
    (name === "EVALSHA" && script === writeHash) || (name === "EVAL" && script === writeScript);
  const commands: RedisConnection = {
    call: (command) => (isWrite(command) ? observed(command) : plain(command)),
    pipeline: (list) => Promise.all(list.map(plain)),
  };
  return { commands, anySlots: true } as RedisLink;
}
