import { log } from "../../../observability/index.ts";
import { failureWords } from "../connection/failures.ts";
import type { RedisLink } from "../connection/contract.ts";
import { runScript, trimScript } from "../scripts.ts";
import type { Ready } from "./ready.ts";

/** Milliseconds between two times that one stream is trimmed. */
const everyMs = 60_000;

/**
 * Streams of tasks that nobody writes to but us, such as the private one of an existing agent: nobody else keeps them
 * short, and nothing may go from them that was not done.
 */
export class PrivateStreams {
  readonly #trimmed = new Map<string, number>();

  /** Trims those that were written to, where it is time. Resolves when that is done, or could not be. */
  async written(link: RedisLink, messages: readonly Ready[], length: number, now: number): Promise<void> {
    for (const channel of new Set(messages.filter(isPrivate).map((ready) => ready.channel))) {
      if (now - (this.#trimmed.get(channel) ?? 0) < everyMs) continue;
      this.#trimmed.set(channel, now);
      try {
        await runScript(link.commands, trimScript, [channel], [String(length)]);
      } catch (error) {
        log.info("channels.stream_untrimmed", { channel, reason: failureWords(error) });
      }
    }
  }
}

const isPrivate = ({ message, mode }: Ready): boolean =>
  message.role === "tasks" && message.channel !== null && mode === "streams";
