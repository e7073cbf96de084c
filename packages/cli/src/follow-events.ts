import type { EventsGap, LiveEvent, SubscribeOptions } from "@orrery/client";
import { interruptible, type Session } from "./session.ts";

/**
 * Gives each live event to `onEvent` until Ctrl-C. A connection that breaks later is taken up again, for as long as it
 * takes; on a terminal one line says so, and goes when there is one again.
 * @throws ConnectionError the platform cannot be reached to begin with
 * @throws ApiError it refuses
 * @throws Interrupted by Ctrl-C
 */
export async function followEvents(
  session: Session,
  options: Pick<SubscribeOptions, "types" | "agentId">,
  onEvent: (event: LiveEvent | EventsGap) => void,
): Promise<void> {
  await session.client.me();
  const outage = new Outage(session);
  try {
    await interruptible(session.terminal, async (signal) => {
      const events = session.client.events.subscribe({
        ...options,
        signal,
        onStatus: (status) => {
          if (status === "reconnecting") outage.goesOn();
          else if (status === "open" && !outage.end()) session.remark("Following. Ctrl-C ends it.");
        },
      });
      for await (const event of events) onEvent(event);
    });
  } finally {
    outage.leave();
  }
}

/** What is said while there is no connection. */
class Outage {
  readonly #session: Session;
  #tries = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  goesOn(): void {
    this.#tries++;
    if (this.#isTerminal) this.#rewrite(`The connection broke; trying again (${this.#tries}).`);
    else if (this.#tries === 1) this.#session.remark("The connection broke; trying again.");
  }

  /** Says that it is over, where there was one; returns whether there was. */
  end(): boolean {
    const was = this.#tries > 0;
    this.leave();
    if (was) this.#session.remark("Connected again.");
    return was;
  }

  /** Leaves the screen as it was found. */
  leave(): void {
    if (this.#tries > 0 && this.#isTerminal) this.#rewrite("");
    this.#tries = 0;
  }

  get #isTerminal(): boolean {
    return this.#session.terminal.stderr.isTTY === true && !this.#session.json;
  }

  /** Puts a text in the place of the last one. */
  #rewrite(text: string): void {
    this.#session.terminal.stderr.write(`\r\u001b[2K${text}`);
  }
}
