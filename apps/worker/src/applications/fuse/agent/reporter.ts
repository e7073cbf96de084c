/**
 * Brings what an agent has to say to its bridge: what ended is written down first, then told, many at once. An answer
 * stays on disk until Redis has it, and is told again after whatever went wrong: the bridge knows it by its key.
 */
import { log } from "../../../observability/index.ts";
import type { Outbound } from "../../../channels/index.ts";
import type { AnsweredTask, Report, ShadowResult, Summary } from "../contract.ts";
import type { Ending, TaskStore } from "../tasks/task-store.ts";

/** Milliseconds before what could not be told is told again; doubles up to the last. */
const firstWaitMs = 200;
const lastWaitMs = 10_000;
/** Answers told at once after a restart. */
const batchSize = 200;
/** Answers that may wait for the bridge before no further task begins. */
const behindLimit = 1_000;

/** A task that ended, with what is to be said of it. */
export interface Conclusion {
  readonly ending: Ending;
  readonly answer: AnsweredTask | null;
  readonly shadow: ShadowResult | null;
}

export interface ReporterHost {
  readonly store: TaskStore;
  /** Tells the bridge. Rejects where it cannot take it now. */
  report(report: Report): Promise<void>;
  /** Called in the transaction in which tasks end; `heard` are those that were no shadows. */
  ended(endings: readonly Ending[], heard: readonly Ending[]): void;
  summary(): Summary;
  /** An answer as it was stored, for telling it again. */
  reopen(row: { taskId: string }, answer: string | Uint8Array): Promise<AnsweredTask>;
  after(milliseconds: number, work: () => void): void;
}

export class Reporter {
  readonly #host: ReporterHost;
  #concluded: Conclusion[] = [];
  #messages: Outbound[] = [];
  #flushing: Promise<void> | null = null;
  #waitMs = firstWaitMs;
  /** Whether answers on disk were not told, or perhaps not. */
  #behind = false;
  #summaryDue = false;

  constructor(host: ReporterHost) {
    this.#host = host;
  }

  /** True while so much waits for the bridge that no further task should begin. */
  get overfull(): boolean {
    return this.#behind || this.#concluded.length >= behindLimit;
  }

  /** Ends a task. */
  conclude(conclusion: Conclusion): void {
    this.#concluded.push(conclusion);
    this.#flushSoon();
  }

  /** Says something that is no answer; it is lost where it cannot be told. */
  say(message: Outbound): void {
    this.#messages.push(message);
    this.#flushSoon();
  }

  /** Tells the bridge how things stand. */
  announce(): void {
    this.#summaryDue = true;
    this.#flushSoon();
  }

  /** Tells again what was there before: after a restart, or once answers may go out that might not. */
  async again(only?: readonly string[]): Promise<void> {
    await this.settled();
    const wanted = only && new Set(only);
    for (let after = 0; ;) {
      const rows = this.#host.store.unanswered(after, batchSize);
      const last = rows.at(-1);
      if (!last) break;
      after = last.row.seq;
      const due = rows.filter(({ row }) => wanted?.has(row.taskId) ?? true);
      const answers = await Promise.all(due.map(({ row, answer }) => this.#host.reopen(row, answer)));
      if (answers.length > 0) {
        await this.#host.report({ answers, shadowed: [], messages: [], summary: this.#host.summary() });
      }
    }
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
    return this.#concluded.length + this.#messages.length > 0 || this.#summaryDue;
  }

  async #flush(): Promise<void> {
    // What ends in this turn of the event loop is told together.
    await Promise.resolve();
    const concluded = this.#concluded;
    const messages = this.#messages;
    this.#concluded = [];
    this.#messages = [];
    this.#summaryDue = false;
    for (const { ending } of concluded) this.#host.store.end(ending);
    if (concluded.length > 0) {
      const heard = concluded.filter(({ answer }) => answer !== null);
      this.#host.ended(
        concluded.map(({ ending }) => ending),
        heard.map(({ ending }) => ending),
      );
    }
    try {
      await this.#host.report({
        answers: concluded.flatMap(({ answer }) => answer ?? []),
        shadowed: concluded.flatMap(({ shadow }) => shadow ?? []),
        messages,
        summary: this.#host.summary(),
      });
    } catch (error) {
      this.#fellBehind(error);
    }
  }

  #fellBehind(error: unknown): void {
    log.warn("fuse.report-failed", { error });
    if (this.#behind) return;
    this.#behind = true;
    this.#retry();
  }

  #retry(): void {
    this.#host.after(this.#waitMs, () => {
      this.#waitMs = Math.min(this.#waitMs * 2, lastWaitMs);
      this.again().catch((error: unknown) => {
        log.warn("fuse.report-failed", { error });
        this.#retry();
      });
    });
  }
}
