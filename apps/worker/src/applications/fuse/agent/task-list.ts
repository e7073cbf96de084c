/** An agent's tasks as the API shows them. */
import { OrreryError } from "@orrery/protocol";
import type { FuseTask, FuseTaskStatus, Page } from "@orrery/protocol";
import type { TaskPool } from "../tasks/task-pool.ts";
import { taskView } from "../tasks/task-row.ts";
import type { TaskRow } from "../tasks/task-row.ts";
import type { TaskStore } from "../tasks/task-store.ts";
import type { Identity } from "./agent-record.ts";

export class TaskList {
  readonly #store: Pick<TaskStore, "page" | "row">;
  readonly #pool: Pick<TaskPool, "runningIds" | "since">;
  readonly #identity: () => Identity;

  constructor(
    store: Pick<TaskStore, "page" | "row">,
    pool: Pick<TaskPool, "runningIds" | "since">,
    identity: () => Identity,
  ) {
    this.#store = store;
    this.#pool = pool;
    this.#identity = identity;
  }

  /** Newest first. @throws OrreryError `invalid_request` for a cursor that is none */
  page(query: {
    status?: FuseTaskStatus | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Page<FuseTask> {
    const { status, limit, cursor } = query;
    const before = cursor === undefined ? null : (this.#store.row(cursor)?.seq ?? null);
    if (cursor !== undefined && before === null) {
      throw new OrreryError("invalid_request", "The cursor is not of this agent's tasks.", {
        status: 422,
        errors: [{ path: "cursor", message: "expected the nextCursor of an earlier page" }],
      });
    }
    const running = this.#pool.runningIds();
    const rows = this.#store.page({
      limit: limit + 1,
      before,
      status: status === "running" ? "queued" : status,
      ...(status === "running" && { ids: running }),
      ...(status === "queued" && { not: running }),
    });
    const shown = rows.slice(0, limit);
    return {
      items: shown.map((row) => this.#view(row)),
      nextCursor: rows.length > limit ? (shown.at(-1)?.taskId ?? null) : null,
    };
  }

  /** @throws OrreryError `not_found` */
  get(taskId: string): FuseTask {
    const row = this.#store.row(taskId);
    if (!row) throw new OrreryError("not_found", "The agent has no such task.");
    return this.#view(row);
  }

  #view(row: TaskRow): FuseTask {
    return taskView(this.#identity().id, row, this.#pool.since(row.taskId));
  }
}
