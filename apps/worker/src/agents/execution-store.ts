/**
 * The tables of an agent's object: its executions, its sessions and the logs of turns under way.
 *
 * Few tables, because each costs every agent 4 KB of disk, and no secondary index: a session's
 * executions are a list linked backwards from its newest, which is the order in which they are read.
 */
import type { ExecutionError, ExecutionStatus, InputPart } from "@orrery/protocol";
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
  /** Newest last. Those that are `behind` have an execution that their row on disk does not know of yet. */
  readonly #sessions = new Map<string, { row: SessionRow; behind: boolean }>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
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
      JSON.stringify(row.request),
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
      title,
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

  /** Writes the final state and drops the log, whose content the outcome now holds. */
  finish(row: ExecutionRow, logged: boolean): void {
    this.#sql.exec(
      `UPDATE executions SET status = ?, outcome = ?, first_token_at = ?, completed_at = ? WHERE id = ?`,
      row.status,
      JSON.stringify(row.outcome),
      row.firstTokenAt,
      row.completedAt,
      row.id,
    );
    if (logged) this.#sql.exec(`DELETE FROM turn_log WHERE execution_id = ?`, row.id);
    this.#saveSession(row.sessionId);
  }

  /** Executions that are not final, in the order of their ids, none of which is before `since`. */
  open(since: string): ExecutionRow[] {
    return this.#sql
      .exec(`SELECT * FROM executions WHERE id >= ? AND status IN ('pending', 'running') ORDER BY id`, since)
      .toArray()
      .map(executionOf);
  }

  execution(id: string): ExecutionRow | null {
    const row = this.#sql.exec(`SELECT * FROM executions WHERE id = ?`, id).toArray()[0];
    return row ? executionOf(row) : null;
  }

  /** Newest first; `before` is the id of the last one already seen. */
  executions(limit: number, before?: string, status?: ExecutionStatus): ExecutionRow[] {
    return this.#sql
      .exec(
        `SELECT * FROM executions WHERE id < ? AND (? IS NULL OR status = ?) ORDER BY id DESC LIMIT ?`,
        before ?? "~",
        status ?? null,
        status ?? null,
        limit,
      )
      .toArray()
      .map(executionOf);
  }

  /** A session's executions backwards from `id`, itself included. Reads only the rows it yields. */
  *backwards(id: string | null): Generator<ExecutionRow> {
    for (let next = id; next !== null;) {
      const row = this.execution(next);
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
    const row = sessionOf(columns);
    this.#remember(row, false);
    return row;
  }

  /** Newest first, by when they began. */
  sessions(limit: number, before?: string): SessionRow[] {
    return this.#sql
      .exec(`SELECT * FROM sessions WHERE id < ? ORDER BY id DESC LIMIT ?`, before ?? "~", limit)
      .toArray()
      .map((columns) => {
        const row = sessionOf(columns);
        return this.#sessions.get(row.id)?.row ?? row;
      });
  }

  deleteSession(session: SessionRow): string[] {
    const ids = [...this.backwards(session.lastExecutionId)].map((row) => row.id);
    for (const id of ids) {
      this.#sql.exec(`DELETE FROM executions WHERE id = ?`, id);
      this.#sql.exec(`DELETE FROM turn_log WHERE execution_id = ?`, id);
    }
    this.#sql.exec(`DELETE FROM sessions WHERE id = ?`, session.id);
    this.#sessions.delete(session.id);
    return ids;
  }

  appendLog(executionId: string, seq: number, operations: readonly Operation[]): void {
    this.#sql.exec(
      `INSERT INTO turn_log (execution_id, seq, operations) VALUES (?, ?, ?)`,
      executionId,
      seq,
      JSON.stringify(operations),
    );
  }

  /** The batches of a turn's log in order. */
  log(executionId: string): Operation[][] {
    return this.#sql
      .exec(`SELECT operations FROM turn_log WHERE execution_id = ? ORDER BY seq`, executionId)
      .toArray()
      .map((row) => JSON.parse(String(row["operations"])) as Operation[]); // written by appendLog
  }
}

const optionalNumber = (value: SqlStorageValue | undefined): number | null =>
  typeof value === "number" ? value : null;
const optionalText = (value: SqlStorageValue | undefined): string | null =>
  typeof value === "string" ? value : null;

/** The JSON columns are written by this class alone, so they are read back as what it wrote. */
function executionOf(row: Columns): ExecutionRow {
  const outcome = optionalText(row["outcome"]);
  return {
    id: String(row["id"]),
    sessionId: String(row["session_id"]),
    previousId: optionalText(row["previous_id"]),
    status: String(row["status"]) as ExecutionStatus,
    request: JSON.parse(String(row["request"])) as TurnRequest,
    outcome: outcome === null ? null : (JSON.parse(outcome) as TurnOutcome),
    createdAt: Number(row["created_at"]),
    firstTokenAt: optionalNumber(row["first_token_at"]),
    completedAt: optionalNumber(row["completed_at"]),
  };
}

function sessionOf(row: Columns): SessionRow {
  return {
    id: String(row["id"]),
    title: String(row["title"]),
    executions: Number(row["executions"]),
    lastExecutionId: String(row["last_execution_id"]),
    createdAt: Number(row["created_at"]),
    updatedAt: Number(row["updated_at"]),
  };
}
