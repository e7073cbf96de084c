/** Gathering embeddings: calls that come close together go to the provider as one. */
import type { Clock } from "../clock.ts";
import {
  ModelError,
  type GatewayLog,
  type Provider,
  type ProviderEmbeddings,
  type ProviderEmbedRequest,
} from "../contract.ts";
import { HeaderQueue } from "../wire/header-queue.ts";

/** Milliseconds for which a call usually waits for others to join it. */
const usualWindowMs = 5;
/** Texts of one upstream call, where a provider does not say how many it takes. */
const usualBatch = 96;

/** One call of a caller, whose texts may go out in several upstream calls. */
interface Member {
  request: ProviderEmbedRequest;
  embeddings: (number[] | undefined)[];
  missing: number;
  /** Of what has come of it; null where nothing has. */
  log: GatewayLog | null;
  inputTokens: number;
  settled: boolean;
  /** Called once it is settled: by those who work for it. */
  readonly whenSettled: Set<() => void>;
  resolve(embeddings: ProviderEmbeddings): void;
  reject(reason: unknown): void;
}

/** One text of a member: its place among the member's own. */
interface Item {
  member: Member;
  place: number;
  text: string;
}

/** What waits for one model. */
interface Queue {
  items: Item[];
  /** Takes the end of the window back; null while nothing waits. */
  cancelTimer: (() => void) | null;
}

/**
 * Gathers calls for the same model of the same provider, by size (`embedBatch`) and by a window of five
 * milliseconds, into one upstream call each; a call with more texts than that is spread over several. Each
 * caller gets its own embeddings in order, and its share of the tokens, by characters: the shares add up
 * to what the provider counted. A batch that fails fails all its members with the same error. A member that
 * leaves (its signal aborts) leaves the others alone; an upstream call that nobody waits for is aborted.
 *
 * One instance belongs to one I/O context: a request to the Worker, or a Durable Object. workerd forbids
 * waiting for a promise that another one's request made, so nothing may be gathered across them, and an
 * instance must not be kept for a whole isolate.
 */
export class EmbedBatches {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly headers = new HeaderQueue();
  readonly #queues = new Map<Provider, Map<string, Queue>>();

  /** With a window of 0 milliseconds, calls wait for no others and only long ones are divided. */
  constructor(clock: Clock, windowMs: number = usualWindowMs) {
    this.#clock = clock;
    this.#windowMs = windowMs;
  }

  /** As {@link Provider.embed}, together with others. @throws ModelError, or the reason of the signal */
  embed(provider: Provider, request: ProviderEmbedRequest): Promise<ProviderEmbeddings> {
    return new Promise((resolve, reject) => {
      if (provider.embed === undefined) {
        reject(
          new ModelError("invalid_request", `${provider.name} makes no embeddings`, { retryable: false }),
        );
        return;
      }
      if (request.signal.aborted) {
        reject(request.signal.reason);
        return;
      }
      if (request.values.length === 0) {
        resolve({ embeddings: [], inputTokens: 0 });
        return;
      }
      this.#join(provider, request, resolve, reject);
    });
  }

  #join(
    provider: Provider,
    request: ProviderEmbedRequest,
    resolve: Member["resolve"],
    reject: Member["reject"],
  ): void {
    const { values, signal, model } = request;
    const queue = this.#queueOf(provider, model);
    const settle = (): boolean => {
      if (member.settled) return false;
      member.settled = true;
      signal.removeEventListener("abort", leave);
      queue.items = queue.items.filter((item) => item.member !== member);
      for (const tell of member.whenSettled) tell();
      return true;
    };
    const member: Member = {
      request,
      embeddings: values.map(() => undefined),
      missing: values.length,
      log: null,
      inputTokens: 0,
      settled: false,
      whenSettled: new Set(),
      resolve: (embeddings) => void (settle() && resolve(embeddings)),
      reject: (reason) => void (settle() && reject(reason)),
    };
    const leave = (): void => member.reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    queue.items.push(...values.map((text, place) => ({ member, place, text })));
    const size = provider.embedBatch ?? usualBatch;
    while (queue.items.length >= size) void this.#send(provider, queue.items.splice(0, size));
    if (this.#windowMs === 0 && queue.items.length > 0) void this.#send(provider, queue.items.splice(0));
    if (queue.items.length === 0) {
      queue.cancelTimer?.();
      queue.cancelTimer = null;
    } else {
      // The window begins with the first that waits: those who join do not make it longer.
      queue.cancelTimer ??= this.#clock.after(this.#windowMs, () => {
        queue.cancelTimer = null;
        const items = queue.items.splice(0);
        if (items.length > 0) void this.#send(provider, items);
      });
    }
  }

  #queueOf(provider: Provider, model: string): Queue {
    const models = this.#queues.get(provider) ?? new Map<string, Queue>();
    this.#queues.set(provider, models);
    const queue = models.get(model) ?? { items: [], cancelTimer: null };
    models.set(model, queue);
    return queue;
  }

  /** Never rejects: what becomes of it is each member's to hear. */
  async #send(provider: Provider, items: readonly Item[]): Promise<void> {
    const members = new Set(items.map(({ member }) => member));
    const abandoned = new AbortController();
    const left = (): void => {
      if ([...members].every((member) => member.settled)) abandoned.abort();
    };
    for (const member of members) member.whenSettled.add(left);
    let placed = false;
    const answered = (): void => {
      if (placed) this.headers.leave();
      placed = false;
    };
    try {
      const [first] = items;
      if (first === undefined || provider.embed === undefined) return;
      if (!this.headers.enter()) await this.headers.turn(abandoned.signal);
      placed = true;
      const answer = await provider.embed({
        model: first.member.request.model,
        values: items.map(({ text }) => text),
        signal: abandoned.signal,
        answered,
      });
      deliver(items, answer);
    } catch (error) {
      for (const member of members) member.reject(error);
    } finally {
      answered();
      for (const member of members) member.whenSettled.delete(left);
    }
  }
}

function deliver(items: readonly Item[], answer: ProviderEmbeddings): void {
  const shares = sharesOf(
    answer.inputTokens,
    items.map(({ text }) => text.length),
  );
  for (const [at, { member, place }] of items.entries()) {
    member.embeddings[place] = answer.embeddings[at];
    member.missing -= 1;
    member.inputTokens += shares[at] ?? 0;
    member.log = joined(member.log, answer);
    if (member.missing > 0) continue;
    const embeddings = member.embeddings.filter((embedding) => embedding !== undefined);
    member.resolve({ embeddings, inputTokens: member.inputTokens, ...member.log });
  }
}

/** The log of a call that went out in parts: the first is named, and it was cached where all of them were. */
function joined(before: GatewayLog | null, { gatewayLogId, gatewayCached }: GatewayLog): GatewayLog {
  if (before?.gatewayCached === true && gatewayCached !== true) return { ...before, gatewayCached: false };
  return (
    before ?? {
      ...(gatewayLogId !== undefined && { gatewayLogId }),
      ...(gatewayCached !== undefined && { gatewayCached }),
    }
  );
}

/** `total` in whole shares by weight, which add up to it: each is what its end is past the end before it. */
function sharesOf(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, weight) => all + Math.max(1, weight), 0);
  let passed = 0;
  let given = 0;
  return weights.map((weight) => {
    passed += Math.max(1, weight);
    const until = Math.round((total * passed) / sum);
    const share = until - given;
    given = until;
    return share;
  });
}
