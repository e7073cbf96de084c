/** The cache as the gateway sees it: this isolate's memory first, then the workspace's object. Never in the way. */
import type { ModelCacheCounts } from "@orrery/protocol";
import { log } from "../../observability/index.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { ShelfAnswer, ShelfQuestion } from "./answer-shelf.ts";
import type { Meaning } from "./answer-store.ts";
import { cacheable } from "./cacheable.ts";
import { type QuestionHashes, hashesOf } from "./canonical.ts";
import type { AnswerCache, CachedAnswer, CacheLead, CacheLookup, CacheQuestion } from "./contract.ts";
import { RecentAnswers } from "./recent-answers.ts";
import { toBlob } from "./semantic.ts";

/** A lead in a caller's hands; see `ShelfLead`. Dropping it abandons the answer. */
export interface LeadDoor extends Disposable {
  share(meaning: Meaning, threshold: number): Promise<ShelfAnswer | null>;
  store(answer: string, meaning?: Meaning): Promise<ShelfAnswer>;
  abandon(): Promise<void>;
}

export type DoorFound =
  | { found: "hit"; hit: ShelfAnswer }
  | { found: "lead"; lead: LeadDoor; epoch: number }
  | { found: "miss"; epoch: number };

/** What the cache needs of a workspace's object. */
export interface AnswersDoor {
  lookup(question: ShelfQuestion, hits: number): Promise<DoorFound>;
  counts(hits: number): Promise<ModelCacheCounts>;
  clear(): Promise<number>;
  forget(agentId: string, sessionId?: string): Promise<number>;
}

/** What the cache needs of the platform's `Env`. */
export interface AnswerCacheEnv {
  readonly ANSWERS: { getByName(workspaceId: string): AnswersDoor };
}

export interface AnswerCacheOptions {
  clock?: Clock;
  /** Bytes of answers that the isolate remembers. */
  recentBytes?: number;
}

const defaultRecentBytes = 8 * 1024 * 1024;

const miss: CacheLookup = { found: "miss" };

/** One for an isolate: what it remembers is shared by all who ask. */
export class ObjectAnswerCache implements AnswerCache {
  readonly #env: AnswerCacheEnv;
  readonly #clock: Clock;
  readonly #recent: RecentAnswers;
  /** Hits by workspace that its object has not heard of. */
  readonly #hits = new Map<string, number>();

  constructor(env: AnswerCacheEnv, options: AnswerCacheOptions = {}) {
    this.#env = env;
    this.#clock = options.clock ?? systemClock;
    this.#recent = new RecentAnswers(options.recentBytes ?? defaultRecentBytes);
  }

  async lookup(question: CacheQuestion): Promise<CacheLookup> {
    if (!cacheable(question)) return miss;
    const { workspaceId } = question.request.caller;
    try {
      const hashes = hashesOf(question);
      return this.#remembered(question, hashes.key) ?? (await this.#ask(question, hashes));
    } catch (error) {
      log.warn("models.cache-failed", { workspaceId, error });
      return miss;
    }
  }

  /** @throws where the object cannot be reached */
  counts(workspaceId: string): Promise<ModelCacheCounts> {
    return this.#door(workspaceId).counts(this.#takeHits(workspaceId));
  }

  /**
   * Deletes a workspace's answers: at once in its object and here, and within 30 s in other isolates.
   * @throws where the object cannot be reached
   */
  async clear(workspaceId: string): Promise<void> {
    this.#recent.enter(workspaceId, await this.#door(workspaceId).clear());
  }

  /**
   * Deletes the answers that were made on behalf of an agent, or of one session of it, as {@link clear} does.
   * @throws where the object cannot be reached
   */
  async forget(workspaceId: string, agentId: string, sessionId?: string): Promise<void> {
    this.#recent.enter(workspaceId, await this.#door(workspaceId).forget(agentId, sessionId));
  }

  #door(workspaceId: string): AnswersDoor {
    return this.#env.ANSWERS.getByName(workspaceId);
  }

  #remembered({ request, policy }: CacheQuestion, key: string): CacheLookup | null {
    const { workspaceId } = request.caller;
    const now = this.#clock.now();
    const recent = this.#recent.get(workspaceId, key, now);
    if (!recent || recent.madeAt < now - policy.ttlSeconds * 1_000) return null;
    this.#hits.set(workspaceId, (this.#hits.get(workspaceId) ?? 0) + 1);
    return { found: "hit", answer: JSON.parse(recent.answer) as CachedAnswer, similarity: 1 };
  }

  async #ask(question: CacheQuestion, hashes: QuestionHashes): Promise<CacheLookup> {
    const { request, policy } = question;
    const { workspaceId, agentId, sessionId } = request.caller;
    const asked = this.#door(workspaceId).lookup(
      {
        key: hashes.key,
        ttlSeconds: policy.ttlSeconds,
        deadline: request.deadline,
        ...(agentId !== undefined && { agentId }),
        ...(sessionId !== undefined && { sessionId }),
      },
      this.#takeHits(workspaceId),
    );
    const found = await this.#unlessAborted(asked, request.signal);
    if (found === null) return miss;
    if (found.found === "hit") return this.#given(workspaceId, hashes.key, found.hit);
    this.#recent.enter(workspaceId, found.epoch);
    if (found.found === "miss") return miss;
    return await this.#lead(question, hashes, found.lead);
  }

  async #lead(question: CacheQuestion, hashes: QuestionHashes, door: LeadDoor): Promise<CacheLookup> {
    const { workspaceId } = question.request.caller;
    const lead = new Lead(door, (stored) => this.#remember(workspaceId, hashes.key, stored));
    try {
      lead.meaning = await meaningOf(question, hashes);
      if (lead.meaning) {
        const shared = await door.share(lead.meaning, question.policy.threshold);
        if (shared) {
          lead.end();
          return {
            found: "hit",
            answer: JSON.parse(shared.answer) as CachedAnswer,
            similarity: shared.similarity,
          };
        }
      }
    } catch (error) {
      // Without a meaning the question is still one that can be cached by its words.
      log.warn("models.cache-meaning-failed", { workspaceId, error });
    }
    return { found: "lead", lead };
  }

  #given(workspaceId: string, key: string, hit: ShelfAnswer): CacheLookup {
    // One that only means the same stays an answer to the other question.
    if (hit.similarity === 1) this.#remember(workspaceId, key, hit);
    return { found: "hit", answer: JSON.parse(hit.answer) as CachedAnswer, similarity: hit.similarity };
  }

  #remember(workspaceId: string, key: string, { epoch, answer, madeAt, expiresAt }: ShelfAnswer): void {
    const now = this.#clock.now();
    if (expiresAt > now) this.#recent.put(workspaceId, key, epoch, { answer, madeAt, expiresAt }, now);
  }

  #takeHits(workspaceId: string): number {
    const hits = this.#hits.get(workspaceId) ?? 0;
    this.#hits.delete(workspaceId);
    return hits;
  }

  /** What was found; null where the signal aborts first. A lead that comes after that is handed on. */
  async #unlessAborted(asked: Promise<DoorFound>, signal: AbortSignal): Promise<DoorFound | null> {
    const { promise: left, resolve } = Promise.withResolvers<null>();
    const leave = (): void => resolve(null);
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    try {
      const found = await Promise.race([asked, left]);
      if (found === null) {
        void asked.then(
          (late) => late.found === "lead" && late.lead[Symbol.dispose](),
          () => undefined, // Nobody waits for it any more.
        );
      }
      return found;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }
}

/** The last message's meaning, where the agent wants meanings compared and it has one. */
async function meaningOf(
  { policy, embed }: CacheQuestion,
  { similar }: QuestionHashes,
): Promise<Meaning | undefined> {
  if (policy.mode !== "semantic" || embed === null || similar === null) return undefined;
  const { model, vector } = await embed(similar.text);
  const blob = toBlob(vector);
  return blob === null ? undefined : { scope: similar.scope, embedder: model, vector: blob };
}

class Lead implements CacheLead {
  readonly #door: LeadDoor;
  readonly #onStored: (stored: ShelfAnswer) => void;
  meaning: Meaning | undefined = undefined;

  constructor(door: LeadDoor, onStored: (stored: ShelfAnswer) => void) {
    this.#door = door;
    this.#onStored = onStored;
  }

  async store(answer: CachedAnswer): Promise<void> {
    try {
      this.#onStored(await this.#door.store(JSON.stringify(answer), this.meaning));
    } catch (error) {
      log.warn("models.cache-not-stored", { error });
    } finally {
      this.end();
    }
  }

  async abandon(): Promise<void> {
    try {
      await this.#door.abandon();
    } catch (error) {
      log.warn("models.cache-not-abandoned", { error });
    } finally {
      this.end();
    }
  }

  end(): void {
    this.#door[Symbol.dispose]();
  }
}

/** The runtime hands everyone in an isolate the same binding, which thus stands for the isolate. */
const caches = new WeakMap<AnswerCacheEnv["ANSWERS"], ObjectAnswerCache>();

/** The isolate's cache, made when it is first asked for. */
export function createAnswerCache(env: AnswerCacheEnv): ObjectAnswerCache {
  const known = caches.get(env.ANSWERS);
  if (known) return known;
  const made = new ObjectAnswerCache({ ANSWERS: env.ANSWERS });
  caches.set(env.ANSWERS, made);
  return made;
}
