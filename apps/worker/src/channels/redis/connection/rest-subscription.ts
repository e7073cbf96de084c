import { EventParser } from "../../../models/index.ts";
import { silenceMs } from "./contract.ts";
import type { RedisConnection, Subscription } from "./contract.ts";
import { notThere } from "./failures.ts";

export interface RestSubscriptionParts {
  readonly ask: (path: string, request: { accept: string; signal: AbortSignal }) => Promise<Response>;
  readonly commands: RedisConnection;
  readonly hear: (channel: string, text: string) => void;
  readonly lost: (reason: Error) => void;
}

/**
 * What is published, heard over HTTPS: one stream of server-sent events for each channel, `POST /subscribe/<channel>`, whose
 * events are `subscribe,<channel>,<count>` and `message,<channel>,<text>`.
 * https://upstash.com/docs/redis/features/restapi
 */
export class RestSubscription implements Subscription {
  readonly #parts: RestSubscriptionParts;
  /** What is listened to, and how that is ended. */
  readonly #listened = new Map<string, AbortController>();

  constructor(parts: RestSubscriptionParts) {
    this.#parts = parts;
  }

  async listen(channels: readonly string[]): Promise<void> {
    for (const [channel, stop] of this.#listened) {
      if (channels.includes(channel)) continue;
      this.#listened.delete(channel);
      stop.abort();
    }
    const added = channels.filter((channel) => !this.#listened.has(channel));
    await Promise.all(added.map((channel) => this.#open(channel)));
  }

  /** A stream says nothing while nothing is published; Redis knows whether somebody still hears it. */
  async ping(): Promise<void> {
    const channels = [...this.#listened.keys()];
    if (channels.length === 0) return;
    const answer = await this.#parts.commands.call(["PUBSUB", "NUMSUB", ...channels]);
    const counts = (Array.isArray(answer) ? answer : []).filter((_, index) => index % 2 === 1);
    if (counts.some((count) => Number(count) === 0)) this.#parts.lost(new Error("Connection is closed."));
  }

  end(): void {
    for (const stop of this.#listened.values()) stop.abort();
    this.#listened.clear();
  }

  /** Resolves once it is heard. */
  async #open(channel: string): Promise<void> {
    const stop = new AbortController();
    this.#listened.set(channel, stop);
    const heard = Promise.withResolvers<void>();
    const late = setTimeout(() => heard.reject(new Error("it did not answer")), silenceMs);
    this.#read(channel, stop.signal, heard.resolve).catch((error: unknown) => {
      const reason = error instanceof Error ? error : new Error(String(error));
      heard.reject(reason);
      if (!stop.signal.aborted) this.#parts.lost(reason);
    });
    try {
      await heard.promise;
    } finally {
      clearTimeout(late);
    }
  }

  /** Hears a channel until nobody wants to any more. @throws Error where it ends before that */
  async #read(channel: string, signal: AbortSignal, heard: () => void): Promise<void> {
    const path = `/subscribe/${encodeURIComponent(channel)}`;
    const response = await this.#parts.ask(path, { accept: "text/event-stream", signal });
    if (!response.headers.get("content-type")?.startsWith("text/event-stream") || response.body === null) {
      await response.body?.cancel();
      throw notThere();
    }
    const message = `message,${channel},`;
    const events = new EventParser();
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      events.push(text, (data) => {
        if (signal.aborted) return;
        if (data.startsWith(message)) this.#parts.hear(channel, data.slice(message.length));
        else if (data.startsWith(`subscribe,${channel},`)) heard();
      });
    }
    throw new Error("Connection is closed.");
  }
}
