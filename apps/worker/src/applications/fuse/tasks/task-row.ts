/** A task as its row on disk says, and as the API shows it. */
import { timestamp } from "@orrery/protocol";
import type { FusePriority, FuseTask, FuseTaskStatus } from "@orrery/protocol";
import type { TaskDelivery } from "../contract.ts";

/** A task as its row says. `running` is never on disk: what is `queued` there is taken up again after a crash. */
export interface TaskRow {
  readonly seq: number;
  readonly taskId: string;
  readonly form: TaskDelivery["form"];
  readonly source: string | null;
  readonly type: string | null;
  readonly priority: FusePriority;
  readonly status: FuseTaskStatus;
  readonly shadow: boolean;
  readonly encrypted: boolean;
  /** Whether its answer goes out encrypted or not at all. */
  readonly sealsAnswer: boolean;
  /** How often it was given up before and came back. */
  readonly attempt: number;
  readonly conversation: string | null;
  readonly deadline: number | null;
  readonly acceptedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly publishedAt: number | null;
  readonly executionId: string | null;
  readonly error: string | null;
}

/** A row as it is read. */
export type Columns = Record<string, SqlStorageValue>;

/** The columns of a {@link TaskRow}. */
export const rowColumns = `seq, task_id, form, source, type, priority, status, shadow, encrypted, conversation, deadline,
  accepted_at, started_at, ended_at, published_at, execution_id, error, seals_answer, attempt`;

/** What a column holds that has text, or bytes where it is sealed. */
export function contentOf(value: SqlStorageValue | undefined): Uint8Array | string | null {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return typeof value === "string" ? value : null;
}

/** Of a column that holds text, or null. */
export const text = (value: SqlStorageValue | undefined): string | null =>
  typeof value === "string" ? value : null;
export const number = (value: SqlStorageValue | undefined): number | null =>
  typeof value === "number" ? value : null;

/** The columns are written by the stores alone, so they are read back as what it wrote. */
export const rowOf = (row: Columns): TaskRow => ({
  seq: Number(row["seq"]),
  taskId: String(row["task_id"]),
  form: String(row["form"]) as TaskRow["form"],
  source: text(row["source"]),
  type: text(row["type"]),
  priority: String(row["priority"]) as FusePriority,
  status: String(row["status"]) as FuseTaskStatus,
  shadow: row["shadow"] === 1,
  encrypted: row["encrypted"] === 1,
  conversation: text(row["conversation"]),
  deadline: number(row["deadline"]),
  acceptedAt: Number(row["accepted_at"]),
  startedAt: number(row["started_at"]),
  endedAt: number(row["ended_at"]),
  publishedAt: number(row["published_at"]),
  executionId: text(row["execution_id"]),
  error: text(row["error"]),
  sealsAnswer: row["seals_answer"] === 1,
  attempt: Number(row["attempt"]),
});

const time = (value: number | null): string | null => (value === null ? null : timestamp(value));

/** A task as the API shows it; `running` says when it began. */
export function taskView(fuseAgentId: string, row: TaskRow, running: { startedAt: number } | null): FuseTask {
  return {
    id: row.taskId,
    fuseAgentId,
    source: row.source,
    type: row.type,
    priority: row.priority,
    status: running ? "running" : row.status,
    shadow: row.shadow,
    executionId: row.executionId,
    error: row.error,
    deadline: time(row.deadline),
    acceptedAt: timestamp(row.acceptedAt),
    startedAt: time(running?.startedAt ?? row.startedAt),
    endedAt: time(row.endedAt),
    publishedAt: time(row.publishedAt),
  };
}
