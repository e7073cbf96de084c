import { OrreryError } from "@orrery/protocol";
import type { ChannelRole, ProtectionPolicy } from "@orrery/protocol";
import { log } from "../../../observability/index.ts";
import type { Keyring } from "../../../security/index.ts";
import type { BridgeReceiver, Inbound, Verdict } from "../contract.ts";
import type { Nonces } from "./nonces.ts";
import { longestWaitMs } from "./nonces.ts";
import { parseText, tooLarge } from "./message-text.ts";

/** What came from a channel, before anyone looked into it. */
export interface Arrival {
  /** The entry's id, or a number that grows. */
  readonly id: string;
  readonly role: ChannelRole;
  /** The channel's name. */
  readonly channel: string;
  /** Whether this is the role's own channel. */
  readonly ownChannel: boolean;
  /** Null where an entry has no message in it. */
  readonly text: string | null;
  /** The bytes of one that is too large to be read: its text is the beginning. */
  readonly bytes?: number | undefined;
  /** Epoch milliseconds; of an entry, when it was added to its stream. */
  readonly at: number;
  readonly deliveries: number;
  /** One of ours that came back. */
  readonly echo: boolean;
  /** {@link Inbound.ahead} */
  readonly ahead?: ReadonlySet<string> | undefined;
}

/** What became of an arrival. `failed`: nobody could say, for the reason given. */
export interface Judged {
  readonly arrival: Arrival;
  readonly inbound: Inbound | null;
  readonly verdict: Verdict | { outcome: "failed"; reason: string };
}

export interface IntakeParts {
  readonly receiver: () => BridgeReceiver;
  readonly keyring: () => Keyring;
  readonly nonces: Pick<Nonces, "seen">;
  readonly signing: (role: ChannelRole) => ProtectionPolicy;
  /** For whom messages of a channel are signed, by its name. */
  readonly audience: (channel: string) => string;
  readonly now: () => number;
  /** Has seen each message that could be read, before anyone takes it over. */
  readonly passed: (arrival: Arrival, inbound: Inbound) => void;
}

/** Milliseconds that taking messages over may last; by then, whoever was asked has most likely gone. */
const patienceMs = 60_000;
const unsaid = "whatever failed said nothing";

/** Reads arrivals, checks who signed them, and has the application take them over. */
export class Intake {
  readonly #parts: IntakeParts;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Judges arrivals, in their order. Never throws: what fails is `failed`. */
  async judge(arrivals: readonly Arrival[]): Promise<Judged[]> {
    const read = await Promise.all(arrivals.map((arrival) => this.#read(arrival)));
    const inbounds = read.flatMap(({ inbound }) => (inbound === null ? [] : [inbound]));
    const verdicts = await this.#receive(inbounds);
    const byMessage = new Map(inbounds.map((inbound, index) => [inbound, verdicts[index]]));
    return read.map(({ arrival, inbound, verdict }) => ({
      arrival,
      inbound,
      verdict: verdict ?? (inbound && byMessage.get(inbound)) ?? { outcome: "failed", reason: unsaid },
    }));
  }

  /** A message, or why it is none. */
  async #read(arrival: Arrival): Promise<Omit<Judged, "verdict"> & { verdict: Judged["verdict"] | null }> {
    const parsed = arrival.bytes === undefined ? parseText(arrival.text) : tooLarge(arrival.bytes);
    if ("problem" in parsed) {
      return { arrival, inbound: null, verdict: { outcome: "rejected", reason: parsed.problem } };
    }
    const unsigned: Inbound = {
      id: arrival.id,
      role: arrival.role,
      ...(!arrival.ownChannel && { channel: arrival.channel }),
      value: parsed.value,
      signer: null,
      receivedAt: this.#parts.now(),
      deliveries: arrival.deliveries,
      ...(arrival.echo && { own: true }),
      ...(arrival.ahead && { ahead: arrival.ahead }),
    };
    const policy = this.#parts.signing(arrival.role);
    try {
      if (policy === "off" || arrival.echo) {
        this.#parts.passed(arrival, unsigned);
        return { arrival, inbound: unsigned, verdict: null };
      }
      const signer = await this.#signerOf(arrival, parsed.value, policy === "require");
      const inbound = { ...unsigned, signer };
      this.#parts.passed(arrival, inbound);
      if (policy === "require" && inbound.signer === null) {
        const reason = "it is not signed, and this channel takes signed messages alone";
        return { arrival, inbound: null, verdict: { outcome: "rejected", reason } };
      }
      return { arrival, inbound, verdict: null };
    } catch (error) {
      const refused = error instanceof OrreryError && error.code === "unauthenticated";
      return {
        arrival,
        inbound: null,
        // Where keys cannot be had at the moment, nothing is wrong with what they signed.
        verdict: { outcome: refused ? "rejected" : "later", reason: reasonOf(error) },
      };
    }
  }

  #signerOf(arrival: Arrival, value: Record<string, unknown>, required: boolean): Promise<Inbound["signer"]> {
    const { keyring, nonces, audience, now } = this.#parts;
    return keyring().verifyMessage(
      value,
      (nonce, expiresAt) => nonces.seen(nonce, `${arrival.channel} ${arrival.id}`, expiresAt),
      {
        // Ids may be of a peer's own making: what is told by them is no older than is borne, and not of the future.
        at: Math.min(now(), Math.max(arrival.at, now() - longestWaitMs)),
        audience: { name: audience(arrival.channel), required },
      },
    );
  }

  async #receive(messages: readonly Inbound[]): Promise<Judged["verdict"][]> {
    if (messages.length === 0) return [];
    try {
      return await this.#verdictsOf(messages);
    } catch (error) {
      const failed = this.#failed(error);
      // Who does not answer for all does not answer for each, and would be waited for as often as there are messages.
      if (messages.length === 1 || error instanceof Late) return messages.map(() => failed);
    }
    // One that nobody can stomach must not keep the others back: each is handed over by itself.
    const verdicts: Judged["verdict"][] = [];
    for (const message of messages) verdicts.push(...(await this.#receive([message])));
    return verdicts;
  }

  async #verdictsOf(messages: readonly Inbound[]): Promise<Verdict[]> {
    const verdicts = await within(patienceMs, this.#parts.receiver().receive(messages));
    if (verdicts.length === messages.length) return verdicts;
    throw new Error(`${messages.length} messages were answered by ${verdicts.length} verdicts`);
  }

  #failed(error: unknown): Judged["verdict"] {
    log.warn("channels.message_failed", { error });
    return { outcome: "failed", reason: reasonOf(error) };
  }
}

/** Errors of ours may be read by everyone; what others say stays in the log. */
const reasonOf = (error: unknown): string =>
  error instanceof OrreryError ? error.message : "taking it over failed; the log says why";

/** Nobody answered in time. */
class Late extends Error {}

/** What `work` resolves to. @throws Late where it takes longer */
async function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late(`not done after ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
