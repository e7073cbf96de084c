/**
 * Brings what an agent has to say to its bridge: what ended is written down first, then told, many at once. An answer
 * stays on disk until Redis has it, and is told again after whatever went wrong: the bridge knows it by its key.
 */
import { log } from "../../../observability/index.ts";
import type { Outbound } from "../../../channels/index.ts";
import type { AnsweredTask, Report, ShadowResult, Summary } from "../contract.ts";
import type { AnswerStore } from "../tasks/answer-store.ts";
import type { TaskRow } from "../tasks/task-row.ts";
import type { Ending, TaskStore } from "../tasks/task-store.ts";

/** Milliseconds before what could not be told is told again; doubles up to the last. */
const firstWaitMs = 200;
const lastWaitMs = 10_000;
/** Answers, and about how many characters of them, that are told at once: a call carries 32 MiB. */
const batchSize = 200;
const batchCharacters = 4 * 1024 * 1024;
/** Answers, and characters of them, that may wait for the bridge before no further task begins. */
const behindLimit = 1_000;
const behindCharacters = 16 * 1024 * 1024;

/** A task that ended, with what is to be said of it. */
export interface Conclusion {
  readonly ending: Ending;
  readonly answer: AnsweredTask | null;
  readonly shadow: ShadowResult | null;
}

export interface ReporterHost {
  readonly store: Pick<TaskStore, "end" | "row">;
  readonly answers: Pick<AnswerStore, "replace" | "waiting">;
  /** Tells the bridge. Names the tasks whose answers it never will take; rejects where it takes nothing now. */
  report(report: Report): Promise<readonly string[]>;
  /** Called in the transaction in which tasks end; `heard` are those that were no shadows. */
  ended(endings: readonly Ending[], heard: readonly Ending[]): void;
  summary(): Summary;
  /** An answer as it was stored, for telling it again. */
  reopen(row: { taskId: string }, answer: string | Uint8Array): Promise<AnsweredTask>;
  /** What is to be said in place of an answer that the bridge found too large. */
  refused(row: TaskRow): Promise<Conclusion>;
  after(milliseconds: number, work: () => void): void;
}

const sizeOf = ({ ending }: Conclusion): number => ending.answer?.length ?? 0;

export class Reporter {
  readonly #host: ReporterHost;
  #concluded: Conclusion[] = [];
  #characters = 0;
  #messages: Outbound[] = [];
  #flushing: Promise<void> | null = null;
  #waitMs = firstWaitMs;
  /** Whether answers on disk were not told, or perhaps not. */
  #behind = false;
  /** Aborted while there is nobody to tell of: what was begun before that stays ended. */
  #life = new AbortController();

  constructor(host: ReporterHost) {
    this.#host = host;
  }

  /** True while so much waits for the bridge that no further task should begin. */
  get overfull(): boolean {
    return this.#behind || this.#concluded.length >= behindLimit || this.#characters >= behindCharacters;
  }

  /** Ends a task. */
  conclude(conclusion: Conclusion): void {
    this.#concluded.push(conclusion);
    this.#characters += sizeOf(conclusion);
    this.#flushSoon();
  }

  /** Says something that is no answer; it is lost where it cannot be told. */
  say(message: Outbound): void {
    this.#messages.push(message);
    this.#flushSoon();
  }

  /** Tells again what was there before: after a restart, or once answers may go out that might not. */
  async again(only?: readonly string[]): Promise<void> {
    await this.settled();
    const wanted = only && new Set(only);
    const { signal } = this.#life;
    for (let after = 0; !signal.aborted;) {
      const rows = this.#host.answers.waiting(after, batchSize, batchCharacters);
      const last = rows.at(-1);
      if (!last) break;
      after = last.row.seq;
      const due = rows.filter(({ row }) => wanted?.has(row.taskId) ?? true);
      const answers = await Promise.all(due.map(({ row, answer }) => this.#host.reopen(row, answer)));
      if (answers.length > 0) await this.#report(answers);
    }
    if (!signal.aborted) this.#caughtUp();
  }

  /** Tells nothing more: there is nobody any more to tell of. */
  stop(): void {
    this.#life.abort();
  }

  /** Begins anew after {@link Reporter.stop}: there is somebody of that name again, of whom nothing was to be told. */
  start(): void {
    this.#life.abort();
    this.#life = new AbortController();
    this.#caughtUp();
  }

  #caughtUp(): void {
    this.#behind = false;
    this.#waitMs = firstWaitMs;
  }

  /** Whether something is on its way to the disk, or to the bridge. */
  get busy(): boolean {
    return this.#flushing !== null || this.#due;
  }

  /** Resolves when all that was said so far was told, or could not be. */
  async settled(): Promise<void> {
    while (this.#flushing) await this.#flushing;
  }

  #flushSoon(): void {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = null;
      if (this.#due) this.#flushSoon();
    });
  }

  get #due(): boolean {
    return this.#concluded.length + this.#messages.length > 0;
  }

  async #flush(): Promise<void> {
    // What ends in this turn of the event loop is told together.
    await Promise.resolve();
    const all = this.#concluded;
    const messages = this.#messages;
    this.#concluded = [];
    this.#messages = [];
    const concluded = all.filter(({ ending }) => this.#host.store.end(ending));
    if (concluded.length > 0) {
      const heard = concluded.filter(({ answer }) => answer !== null);
      this.#host.ended(
        concluded.map(({ ending }) => ending),
        heard.map(({ ending }) => ending),
      );
    }
    try {
      const [first = [], ...rest] = batchesOf(concluded);
      await this.#report(
        first.flatMap(({ answer }) => answer ?? []),
        { shadowed: concluded.flatMap(({ shadow }) => shadow ?? []), messages },
      );
      for (const batch of rest) await this.#report(batch.flatMap(({ answer }) => answer ?? []));
    } catch (error) {
      this.#fellBehind(error);
    } finally {
      for (const conclusion of all) this.#characters -= sizeOf(conclusion);
    }
  }

  /** Tells the bridge. One answer that is too large for it does not make the others wait. */
  async #report(
    answers: readonly AnsweredTask[],
    beside: Pick<Report, "messages" | "shadowed"> = { messages: [], shadowed: [] },
  ): Promise<void> {
    const tooLarge = await this.#host.report({ answers, ...beside, summary: this.#host.summary() });
    if (tooLarge.length > 0) log.warn("fuse.answers-too-large", { answers: tooLarge.length });
    for (const taskId of tooLarge) await this.#shorten(taskId);
  }

  async #shorten(taskId: string): Promise<void> {
    const row = this.#host.store.row(taskId);
    if (!row) return;
    const { answer, ending } = await this.#host.refused(row);
    if (answer === null || ending.answer === null) return;
    this.#host.answers.replace(taskId, ending.answer, ending.error ?? "");
    await this.#host.report({ answers: [answer], messages: [], shadowed: [], summary: this.#host.summary() });
  }

  #fellBehind(error: unknown): void {
    log.warn("fuse.report-failed", { error });
    if (this.#behind || this.#life.signal.aborted) return;
    this.#behind = true;
    this.#retry();
  }

  #retry(): void {
    const { signal } = this.#life;
    this.#host.after(this.#waitMs, () => {
      if (signal.aborted) return;
      this.#waitMs = Math.min(this.#waitMs * 2, lastWaitMs);
      this.again().catch((error: unknown) => {
        log.warn("fuse.report-failed", { error });
        if (!signal.aborted) this.#retry();
      });
    });
  }
}

/** Conclusions in batches that one call carries. */
function batchesOf(concluded: readonly Conclusion[]): Conclusion[][] {
  const batches: Conclusion[][] = [];
  let room = 0;
  for (const conclusion of concluded) {
    const batch = batches.at(-1);
    room -= sizeOf(conclusion);
    if (batch && batch.length < batchSize && room >= 0) batch.push(conclusion);
    else {
      batches.push([conclusion]);
      room = batchCharacters - sizeOf(conclusion);
    }
  }
  return batches;
}
