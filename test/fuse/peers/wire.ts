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
  /** Hears what is sent from now on; with a stream, also what was sent before. Resolves once it listens. */
  listen(channels: readonly string[], heard: Heard): Promise<void>;
  close(): void;
}

export const openWire = (redis: RedisServer, mode: ChannelMode): Wire =>
  mode === "pubsub" ? pubsub(redis) : streams(redis);

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

function streams(redis: RedisServer): Wire {
  const sender = redis.client();
  const readers: Redis[] = [];
  return {
    async send(channel, text) {
      await sender.xadd(channel, "*", field, text);
    },
    async listen(channels, heard) {
      const reader = redis.client();
      readers.push(reader);
      await reader.ping();
      void readAll(reader, channels, heard);
    },
    close: () => [sender, ...readers].forEach((client) => client.disconnect()),
  };
}

/** Reads streams from their beginnings, each entry once, until its connection is closed. */
async function readAll(reader: Redis, channels: readonly string[], heard: Heard): Promise<void> {
  const after = new Map(channels.map((channel) => [channel, "0-0"]));
  while (reader.status !== "end") {
    let found: Awaited<ReturnType<Redis["xread"]>>;
    try {
      found = await reader.xread("COUNT", 500, "BLOCK", 500, "STREAMS", ...after.keys(), ...after.values());
    } catch {
      continue; // The connection went; ioredis brings another, or it was closed and the loop ends.
    }
    for (const [channel, entries] of found ?? []) {
      for (const [id, fields] of entries) {
        after.set(channel, id);
        const at = fields.findIndex((name, index) => index % 2 === 0 && name === field);
        heard(channel, fields[at + 1] ?? "");
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
