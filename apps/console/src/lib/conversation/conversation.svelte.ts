import { ApiError } from "@orrery/client";
import type { Message } from "@orrery/protocol";
import { platform } from "#lib/platform/platform.ts";
import { workspace } from "#lib/platform/workspace.ts";
import type { ReadyAttachment } from "./attachments.svelte.ts";
import { Turn } from "./turn.svelte.ts";

/** Messages read at a time: two for each turn. */
const pageSize = 40;

/** A conversation with an agent: its turns as far as they have been read, the newest last. */
export class Conversation {
  readonly agentId: string;
  /** Undefined until the first input of a new conversation was accepted. */
  sessionId = $state<string>();
  turns = $state.raw<Turn[]>([]);
  loading = $state(false);
  /** Why there is nothing to show. */
  error = $state.raw<unknown>();
  /** Why the turns before those that are shown could not be read. */
  olderError = $state.raw<unknown>();
  #cursor = $state<string | null>(null);
  /** What was said and is not accepted yet. */
  readonly #sending = new Set<Promise<void>>();
  readonly #leaving = new AbortController();

  constructor(agentId: string, sessionId: string | undefined) {
    this.agentId = agentId;
    this.sessionId = sessionId;
  }

  get hasOlder(): boolean {
    return this.#cursor !== null;
  }

  /** Whether there is no conversation of this id: nothing can be said in it. */
  get missing(): boolean {
    return this.error instanceof ApiError && [400, 404, 422].includes(this.error.status);
  }

  /** The turn whose answer is coming; the newest, where several are. One that was lost is waited for no more. */
  get current(): Turn | undefined {
    return this.turns.findLast((turn) => turn.open && !turn.lost);
  }

  /** Reads the newest turns, and follows those that have not ended. */
  async load(): Promise<void> {
    if (this.sessionId === undefined) return;
    await this.#read(undefined);
  }

  async older(): Promise<void> {
    if (this.#cursor !== null && !this.loading) await this.#read(this.#cursor);
  }

  /**
   * Says something. The turn shows at once; it is taken back when the platform does not accept it.
   * Resolves once it is accepted.
   * @throws ApiError, ConnectionError
   */
  async say(text: string, attachments: readonly ReadyAttachment[]): Promise<void> {
    const turn = new Turn(crypto.randomUUID(), {
      text,
      documents: attachments.map(({ name, mediaType, size }) => ({ name, mediaType, size })),
    });
    this.turns = [...this.turns, turn];
    const sending = this.#send(turn, attachments);
    this.#sending.add(sending);
    try {
      await sending;
    } catch (error) {
      this.turns = this.turns.filter((other) => other !== turn);
      throw error;
    } finally {
      this.#sending.delete(sending);
    }
  }

  /** Takes up the answer of a turn again, after the line to it was lost. */
  async resume(turn: Turn): Promise<void> {
    if (turn.executionId === undefined) return;
    turn.lost = undefined;
    try {
      const live = await workspace.followExecution(turn.executionId);
      if (this.#leaving.signal.aborted) live.leave();
      else await turn.follow(live);
    } catch (error) {
      turn.lost = error;
    }
  }

  /** Lets go of all streams; the executions go on. */
  leave(): void {
    this.#leaving.abort();
    for (const turn of this.turns) turn.leave();
  }

  async #send(turn: Turn, attachments: readonly ReadyAttachment[]): Promise<void> {
    const live = await workspace.executeAgent(this.agentId, turn.said.text, {
      sessionId: this.sessionId,
      attachments: attachments.map(({ name, mediaType, data }) => ({ name, mediaType, data })),
    });
    this.sessionId = live.sessionId;
    if (this.#leaving.signal.aborted) live.leave();
    else void turn.follow(live);
  }

  async #read(cursor: string | undefined): Promise<void> {
    const { sessionId } = this;
    if (sessionId === undefined) return;
    const { signal } = this.#leaving;
    this.loading = true;
    this.error = undefined;
    this.olderError = undefined;
    try {
      const page = await platform.sessions.messages(
        this.agentId,
        sessionId,
        { limit: pageSize, cursor },
        { signal },
      );
      // Only what is accepted can be found again in what was read.
      await Promise.allSettled(this.#sending);
      if (signal.aborted) return;
      const said = this.turns;
      this.turns = joined(turnsOf(page.items), said);
      this.#cursor = page.nextCursor;
      for (const turn of this.turns) {
        if (said.includes(turn)) continue;
        if (turn.open) void this.resume(turn);
        // The name of a model is an extra: where it cannot be read, the turn shows without.
        else turn.loadModel().catch(() => undefined);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (cursor === undefined) this.error = error;
      else this.olderError = error;
    } finally {
      this.loading = false;
    }
  }
}

/** What was read, and behind it what was said; a turn that is in both stands where it was read, as it was said. */
function joined(read: readonly Turn[], said: readonly Turn[]): Turn[] {
  const places = read.map((turn) => said.find(({ executionId }) => executionId === turn.executionId) ?? turn);
  return [...places, ...said.filter((turn) => !places.includes(turn))];
}

/** The turns of a page of messages, in the order they were said. */
function turnsOf(messages: readonly Message[]): Turn[] {
  const byExecution = Map.groupBy(messages, (message) =>
    String(message.metadata?.["executionId"] ?? message.id),
  );
  return [...byExecution].map(([executionId, [...pair]]) =>
    Turn.of(
      executionId,
      pair.find((message) => message.role === "user"),
      pair.find((message) => message.role === "assistant"),
    ),
  );
}
