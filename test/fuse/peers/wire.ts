/** The three channels as the existing system's programs use them: by publishing, or by streams. */
import type { Redis } from "ioredis";
import type { RedisServer } from "../redis.ts";
import type { Value } from "./message.ts";

export type ChannelMode = "pubsub" | "streams";

export interface ChannelNames {
  coordination: string;
  tasks: string;
  results: string;
}

export const channelNames: ChannelNames = {
  coordination: "AI_COORDINATION_CHANNEL",
  tasks: "AI_TASK_CHANNEL",
  results: "AI_RESULT_CHANNEL",
};

/** The field of a stream's entry that holds the message. */
const field = "message";

export type Heard = (channel: string, text: string) => void;

export interface Wire {
  /** Resolves once Redis has it. */
  send(channel: string, text: string): Promise<void>;
  /** Hears what is sent from now on. Resolves once it listens. */
  listen(channels: readonly string[], heard: Heard): Promise<void>;
  close(): void;
}

/**
 * `reader` names who reads: with streams, a reader that comes back goes on where it was, and one without a name reads
 * all that there is.
 */
export const openWire = (redis: RedisServer, mode: ChannelMode, reader?: string): Wire =>
  mode === "pubsub" ? pubsub(redis) : streams(redis, reader);

function pubsub(redis: RedisServer): Wire {
  const sender = redis.client();
  const listeners: Redis[] = [];
  return {
    async send(channel, text) {
      await sender.publish(channel, text);
    },
    async listen(channels, heard) {
      const listener = redis.client();
      listeners.push(listener);
      listener.on("message", heard);
      await listener.subscribe(...channels);
    },
    close: () => [sender, ...listeners].forEach((client) => client.disconnect()),
  };
}

function streams(redis: RedisServer, name?: string): Wire {
  const sender = redis.client();
  const readers: Redis[] = [];
  return {
    async send(channel, text) {
      await sender.xadd(channel, "*", field, text);
    },
    async listen(channels, heard) {
      const reader = redis.client();
      readers.push(reader);
      if (name === undefined) {
        await reader.ping();
        void readAll(reader, channels, heard);
        return;
      }
      for (const channel of channels) await makeGroup(reader, channel, name);
      void readOn(reader, channels, name, heard);
    },
    close: () => [sender, ...readers].forEach((client) => client.disconnect()),
  };
}

/** Streams with their entries, each with its id and its fields. */
type Found = [string, [string, string[]][]][] | null;

const textOf = (fields: readonly string[]): string =>
  fields[fields.findIndex((name, index) => index % 2 === 0 && name === field) + 1] ?? "";

/** Calls until the connection is closed; one that was lost comes again. */
async function* answers(reader: Redis, read: () => Promise<unknown>): AsyncGenerator<Found> {
  while (reader.status !== "end") {
    try {
      yield (await read()) as Found;
    } catch {
      // It was cut off: ioredis brings another, or it was closed and the loop ends.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Reads streams from their beginnings, each entry once. */
async function readAll(reader: Redis, channels: readonly string[], heard: Heard): Promise<void> {
  const after = new Map(channels.map((channel) => [channel, "0-0"]));
  const read = () => reader.xread("COUNT", 500, "BLOCK", 500, "STREAMS", ...after.keys(), ...after.values());
  for await (const found of answers(reader, read)) {
    for (const [channel, entries] of found ?? []) {
      for (const [id, fields] of entries) {
        after.set(channel, id);
        heard(channel, textOf(fields));
      }
    }
  }
}

async function makeGroup(reader: Redis, channel: string, group: string): Promise<void> {
  try {
    await reader.xgroup("CREATE", channel, group, "$", "MKSTREAM");
  } catch (error) {
    if (!String(error).includes("BUSYGROUP")) throw error; // It has read there before.
  }
}

/** Reads streams as a group of its own, of which it is the only member. */
async function readOn(
  reader: Redis,
  channels: readonly string[],
  group: string,
  heard: Heard,
): Promise<void> {
  const news = channels.map(() => ">");
  const read = () =>
    reader.xreadgroup(
      ...(["GROUP", group, "one", "COUNT", 500, "BLOCK", 500, "STREAMS", ...channels, ...news] as const),
    );
  for await (const found of answers(reader, read)) {
    for (const [channel, entries] of found ?? []) {
      for (const [id, fields] of entries) {
        heard(channel, textOf(fields));
        await reader.xack(channel, group, id);
      }
    }
  }
}

/** What a text holds where it is a JSON object; null where it is not. */
export function parse(text: string): Value | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Value) : null;
  } catch {
    return null;
  }
}
