import { OrreryError } from "@orrery/protocol";
import type { ChannelRole, ProtectionPolicy } from "@orrery/protocol";
import { log } from "../../../observability/index.ts";
import type { Keyring } from "../../../security/index.ts";
import type { BridgeReceiver, Inbound, Verdict } from "../contract.ts";
import type { Nonces } from "./nonces.ts";
import { longestWaitMs } from "./nonces.ts";
import { parseText } from "./message-text.ts";

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
  /** Epoch milliseconds; of an entry, when it was added to its stream. */
  readonly at: number;
  readonly deliveries: number;
  /** One of ours that came back. */
  readonly echo: boolean;
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
  readonly nonces: Nonces;
  readonly signing: (role: ChannelRole) => ProtectionPolicy;
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
    const parsed = parseText(arrival.text);
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
    };
    const policy = this.#parts.signing(arrival.role);
    if (policy === "off" || arrival.echo) {
      this.#parts.passed(arrival, unsigned);
      return { arrival, inbound: unsigned, verdict: null };
    }
    try {
      const inbound = { ...unsigned, signer: await this.#signerOf(arrival, parsed.value) };
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
        verdict: { outcome: refused ? "rejected" : "failed", reason: reasonOf(error) },
      };
    }
  }

  #signerOf(arrival: Arrival, value: Record<string, unknown>): Promise<Inbound["signer"]> {
    const { keyring, nonces, now } = this.#parts;
    const at = Math.max(arrival.at, now() - longestWaitMs);
    return keyring().verifyMessage(
      value,
      (nonce, expiresAt) => nonces.seen(nonce, `${arrival.channel} ${arrival.id}`, expiresAt),
      at,
    );
  }

  async #receive(messages: readonly Inbound[]): Promise<Judged["verdict"][]> {
    if (messages.length === 0) return [];
    try {
      return await this.#verdictsOf(messages);
    } catch (error) {
      if (messages.length === 1) return [this.#failed(error)];
    }
    // One that nobody can stomach must not keep the others back: each is handed over by itself.
    const verdicts: Judged["verdict"][] = [];
    for (const message of messages) {
      try {
        verdicts.push(...(await this.#verdictsOf([message])));
      } catch (error) {
        verdicts.push(this.#failed(error));
      }
    }
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

/** What `work` resolves to. @throws Error where it takes longer */
async function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
