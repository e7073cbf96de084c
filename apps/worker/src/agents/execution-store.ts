/**
 * The tables of an agent's object: its executions, its sessions and the logs of turns under way.
 *
 * Few tables, because each costs every agent 4 KB of disk, and no secondary index: a session's
 * executions are a list linked backwards from its newest, which is the order in which they are read.
 */
import type { ExecutionError, ExecutionStatus, InputPart } from "@orrery/protocol";
import { ExecutionColumns, unreadableText } from "./execution-columns.ts";
import type { Aside, Item, Operation } from "./transcript.ts";

/** A document as an execution refers to it. */
export interface DocumentReference {
  id: string;
  name: string;
  mediaType: string;
  /** Bytes. */
  size: number;
}

/** What was asked; never changes. */
export interface TurnRequest {
  input: string | InputPart[];
  /** The prompt that the template gave: what the model reads. */
  prompt: string;
  documents: DocumentReference[];
  edgeLocation: string;
  /** The caller wants an answer of now: none from the cache. */
  noCache?: boolean;
}

/** What came of it; written once, with the final status. */
export interface TurnOutcome {
  items: Item[];
  restarts: number[];
  /** Absent in executions of before there were any. */
  asides?: Aside[];
  error?: ExecutionError;
}

export interface ExecutionRow {
  id: string;
  sessionId: string;
  /** The execution before this one in its session. */
  previousId: string | null;
  status: ExecutionStatus;
  request: TurnRequest;
  outcome: TurnOutcome | null;
  /** Set where nobody can read any more what it was given or what came of it. */
  unreadable?: true;
  createdAt: number;
  firstTokenAt: number | null;
  completedAt: number | null;
}

export interface SessionRow {
  id: string;
  title: string;
  executions: number;
  lastExecutionId: string;
  createdAt: number;
  updatedAt: number;
}

type Columns = Record<string, SqlStorageValue>;

/** Sessions whose rows are kept in memory. */
const recentSessions = 16;

export class ExecutionStore {
  readonly #sql: SqlStorage;
  readonly #columns: ExecutionColumns;
  /** Newest last. Those that are `behind` have an execution that their row on disk does not know of yet. */
  readonly #sessions = new Map<string, { row: SessionRow; behind: boolean }>();

  constructor(sql: SqlStorage, columns = new ExecutionColumns()) {
    this.#sql = sql;
    this.#columns = columns;
  }

  /** Creates what is missing. Called when the agent is created, so that a stray id leaves no tables behind. */
  migrate(): void {
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS executions (
        id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL,
        previous_id TEXT,
        status TEXT NOT NULL,
        request TEXT NOT NULL,
        outcome TEXT,
        created_at INTEGER NOT NULL,
        first_token_at INTEGER,
        completed_at INTEGER
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS sessions (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        executions INTEGER NOT NULL,
        last_execution_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS turn_log (
        execution_id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        operations TEXT NOT NULL,
        PRIMARY KEY (execution_id, seq)
      ) WITHOUT ROWID;
    `);
  }

  /**
   * Adds an execution, and its session where it is the first of one. The row of a session that is there already is
   * written when the execution ends: until then it follows from the execution, and accepting one is a single write.
   */
  insert(row: ExecutionRow, title: string): void {
    this.#sql.exec(
      `INSERT INTO executions (id, session_id, previous_id, status, request, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
      row.id,
      row.sessionId,
      row.previousId,
      row.status,
      this.#columns.request(row.id, row.request),
      row.createdAt,
    );
    if (row.previousId !== null) {
      this.join(row);
      return;
    }
    const session: SessionRow = {
      id: row.sessionId,
      title,
      executions: 1,
      lastExecutionId: row.id,
      createdAt: row.createdAt,
      updatedAt: row.createdAt,
    };
    this.#sql.exec(
      `INSERT INTO sessions (id, title, executions, last_execution_id, created_at, updated_at) VALUES (?, ?, 1, ?, ?, ?)`,
      session.id,
      this.#columns.title(session.id, title),
      session.lastExecutionId,
      session.createdAt,
      session.updatedAt,
    );
    this.#remember(session, false);
  }

  /** Makes an execution the last of its session, unless the session knows of it. */
  join(row: ExecutionRow): void {
    const session = this.session(row.sessionId);
    if (!session || session.lastExecutionId !== row.previousId) return;
    const { executions } = session;
    const joined = {
      ...session,
      executions: executions + 1,
      lastExecutionId: row.id,
      updatedAt: row.createdAt,
    };
    this.#remember(joined, true);
  }

  #remember(row: SessionRow, behind: boolean): void {
    this.#sessions.delete(row.id);
    this.#sessions.set(row.id, { row, behind });
    if (this.#sessions.size <= recentSessions) return;
    for (const [id, { behind: needed }] of this.#sessions) {
      if (needed) continue;
      this.#sessions.delete(id);
      break;
    }
  }

  #saveSession(id: string): void {
    const known = this.#sessions.get(id);
    if (!known?.behind) return;
    const { executions, lastExecutionId, updatedAt } = known.row;
    this.#sql.exec(
      `UPDATE sessions SET executions = ?, last_execution_id = ?, updated_at = ? WHERE id = ?`,
      executions,
      lastExecutionId,
      updatedAt,
      id,
    );
    known.behind = false;
  }

  start(id: string): void {
    this.#sql.exec(`UPDATE executions SET status = 'running' WHERE id = ?`, id);
  }

  /**
   * Writes the final state and drops the log, whose content the outcome now holds. With `bare`, the outcome holds
   * nothing that would have to be sealed.
   */
  finish(row: ExecutionRow, logged: boolean, bare = false): void {
    this.#sql.exec(
      `UPDATE executions SET status = ?, outcome = ?, first_token_at = ?, completed_at = ? WHERE id = ?`,
      row.status,
      this.#columns.outcome(row.id, row.outcome, bare),
      row.firstTokenAt,
      row.completedAt,
      row.id,
    );
    if (logged) this.#sql.exec(`DELETE FROM turn_log WHERE execution_id = ?`, row.id);
    this.#saveSession(row.sessionId);
  }

  /** Ids of executions that are not final, in their order, none of which is before `since`. */
  open(since: string): string[] {
    return this.#ids(`id >= ? AND status IN ('pending', 'running') ORDER BY id`, since);
  }

  /** Ids of executions in their order, from `since` on. */
  idsFrom(since: string, limit: number): string[] {
    return this.#ids(`id >= ? ORDER BY id LIMIT ?`, since, limit);
  }

  /** With `outline`, what a confidential agent was given and said stays sealed, and is left out. */
  execution(id: string, outline = false): ExecutionRow | null {
    const row = this.#sql.exec(`SELECT * FROM executions WHERE id = ?`, id).toArray()[0];
    return row ? this.#executionOf(row, outline) : null;
  }

  /**
   * At most `limit`, newest first; `before` is the id of the last one already seen, `outline` as with {@link execution}. Each is read when
   * it is asked for: all of them at once may be more than the object's memory.
   */
  *executions(
    limit: number | null,
    before?: string,
    status?: ExecutionStatus,
    outline = false,
  ): Generator<ExecutionRow, void, undefined> {
    const rows = this.#sql.exec(
      `SELECT * FROM executions WHERE id < ? AND (? IS NULL OR status = ?) ORDER BY id DESC LIMIT ?`,
      before ?? "~",
      status ?? null,
      status ?? null,
      limit ?? -1,
    );
    for (const row of rows) yield this.#executionOf(row, outline);
  }

  /** A session's executions backwards from `id`, itself included. Reads only the rows it yields. */
  *backwards(id: string | null, outline = false): Generator<ExecutionRow> {
    for (let next = id; next !== null;) {
      const row = this.execution(next, outline);
      if (!row) return;
      yield row;
      next = row.previousId;
    }
  }

  session(id: string): SessionRow | null {
    const known = this.#sessions.get(id);
    if (known) return known.row;
    const columns = this.#sql.exec(`SELECT * FROM sessions WHERE id = ?`, id).toArray()[0];
    if (!columns) return null;
    const row = this.#sessionOf(columns);
    this.#remember(row, false);
    return row;
  }

  /** Newest first, by when they began. */
  sessions(limit: number, before?: string): SessionRow[] {
    return this.#sql
      .exec(`SELECT * FROM sessions WHERE id < ? ORDER BY id DESC LIMIT ?`, before ?? "~", limit)
      .toArray()
      .map((columns) => {
        const row = this.#sessionOf(columns);
        return this.#sessions.get(row.id)?.row ?? row;
      });
  }

  /**
   * Deletes the newest executions of a session, at most `limit`, and the session with the last of them. Answers with
   * their ids.
   */
  deleteNewest(session: SessionRow, limit: number): string[] {
    const ids: string[] = [];
    let next: string | null = session.lastExecutionId;
    while (next !== null && ids.length < limit) {
      const [row] = this.#sql.exec(`SELECT previous_id FROM executions WHERE id = ?`, next).toArray();
      if (row === undefined) break;
      ids.push(next);
      next = optionalText(row["previous_id"]);
    }
    const list = JSON.stringify(ids);
    this.#sql.exec(`DELETE FROM executions WHERE id IN (SELECT value FROM json_each(?))`, list);
    this.#sql.exec(`DELETE FROM turn_log WHERE execution_id IN (SELECT value FROM json_each(?))`, list);
    this.#sessions.delete(session.id);
    if (next === null || ids.length < limit) {
      this.#sql.exec(`DELETE FROM sessions WHERE id = ?`, session.id);
    } else {
      this.#sql.exec(
        `UPDATE sessions SET last_execution_id = ?, executions = executions - ? WHERE id = ?`,
        next,
        ids.length,
        session.id,
      );
    }
    return ids;
  }

  appendLog(executionId: string, seq: number, operations: readonly Operation[]): void {
    this.#sql.exec(
      `INSERT INTO turn_log (execution_id, seq, operations) VALUES (?, ?, ?)`,
      executionId,
      seq,
      this.#columns.operations(executionId, seq, operations),
    );
  }

  /** The batches of a turn's log in order. @throws OrreryError `not_found` where they cannot be read any more */
  log(executionId: string): Operation[][] {
    return this.#sql
      .exec(`SELECT seq, operations FROM turn_log WHERE execution_id = ? ORDER BY seq`, executionId)
      .toArray()
      .map((row) => this.#columns.readOperations(executionId, Number(row["seq"]), row["operations"]));
  }

  /** Drops from memory what a confidential agent's sessions are called. */
  forgetWords(): void {
    for (const [id, { row, behind }] of this.#sessions) {
      if (behind) row.title = unreadableText;
      else this.#sessions.delete(id);
    }
  }

  #ids(where: string, ...bindings: SqlStorageValue[]): string[] {
    return this.#sql
      .exec(`SELECT id FROM executions WHERE ${where}`, ...bindings)
      .toArray()
      .map((row) => String(row["id"]));
  }

  #executionOf(row: Columns, outline = false): ExecutionRow {
    const id = String(row["id"]);
    const request = this.#columns.readRequest(id, row["request"], outline);
    const outcome = this.#columns.readOutcome(id, row["outcome"], outline);
    return {
      id,
      sessionId: String(row["session_id"]),
      previousId: optionalText(row["previous_id"]),
      status: String(row["status"]) as ExecutionStatus,
      request: request.value,
      outcome: outcome.value,
      ...((request.unreadable || outcome.unreadable) && { unreadable: true as const }),
      createdAt: Number(row["created_at"]),
      firstTokenAt: optionalNumber(row["first_token_at"]),
      completedAt: optionalNumber(row["completed_at"]),
    };
  }

  #sessionOf(row: Columns): SessionRow {
    const id = String(row["id"]);
    return {
      id,
      title: this.#columns.readTitle(id, row["title"]),
      executions: Number(row["executions"]),
      lastExecutionId: String(row["last_execution_id"]),
      createdAt: Number(row["created_at"]),
      updatedAt: Number(row["updated_at"]),
    };
  }
}

const optionalNumber = (value: SqlStorageValue | undefined): number | null =>
  typeof value === "number" ? value : null;
const optionalText = (value: SqlStorageValue | undefined): string | null =>
  typeof value === "string" ? value : null;
