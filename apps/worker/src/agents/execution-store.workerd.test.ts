import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { newExecutionId, newId } from "@orrery/protocol";
import { expect, it } from "vitest";
import { ExecutionStore } from "./execution-store.ts";
import type { ExecutionRow } from "./execution-store.ts";

const agentId = newId();

/** An execution as it is accepted, after `previous` where there is one. */
const accepted = (previous?: ExecutionRow): ExecutionRow => ({
  id: newExecutionId(agentId),
  sessionId: previous?.sessionId ?? newId(),
  previousId: previous?.id ?? null,
  status: "running",
  request: { input: "question", prompt: "question", documents: [], edgeLocation: "local" },
  outcome: null,
  createdAt: 1_000,
  firstTokenAt: null,
  completedAt: null,
});

const ended = (row: ExecutionRow): ExecutionRow => ({
  ...row,
  status: "completed",
  outcome: { items: [], restarts: [] },
  completedAt: 2_000,
});

/** Runs `work` on the storage of an object that has nothing yet. */
const onStorage = (work: (sql: SqlStorage) => void): Promise<void> =>
  runInDurableObject(env.AGENTS.getByName(newId()), (_, { storage }) => work(storage.sql));

function storeOn(sql: SqlStorage): ExecutionStore {
  const store = new ExecutionStore(sql);
  store.migrate();
  return store;
}

it("shows a session with the execution that it was given last, before anything of it is written to its row", () =>
  onStorage((sql) => {
    const store = storeOn(sql);
    const first = accepted();
    store.insert(first, "title");
    store.finish(ended(first), false);
    const second = accepted(first);
    store.insert(second, "another");

    const shown = { executions: 2, lastExecutionId: second.id, title: "title" };
    expect(store.session(first.sessionId)).toMatchObject(shown);
    expect(store.sessions(10)).toMatchObject([shown]);
  }));

it("knows after a crash which executions are open, and joins them to their sessions in their order, once", () =>
  onStorage((sql) => {
    const before = storeOn(sql);
    const first = accepted();
    before.insert(first, "title");
    before.finish(ended(first), false);
    const second = accepted(first);
    const third = accepted(second);
    before.insert(second, "");
    before.insert(third, "");

    const after = storeOn(sql);
    const openRows = (of: ExecutionStore) => of.open(first.id).flatMap((id) => of.execution(id) ?? []);
    const open = openRows(after);
    expect(open.map(({ id }) => id)).toEqual([second.id, third.id]);
    for (const row of [...open, ...open]) after.join(row);
    expect(after.session(first.sessionId)).toMatchObject({ executions: 3, lastExecutionId: third.id });

    after.finish(ended(second), false);
    const later = storeOn(sql);
    for (const row of openRows(later)) later.join(row);
    expect(later.session(first.sessionId)).toMatchObject({ executions: 3, lastExecutionId: third.id });
  }));

it("keeps what many sessions at once have not written yet", () =>
  onStorage((sql) => {
    const store = storeOn(sql);
    const firsts = Array.from({ length: 40 }, () => accepted());
    for (const row of firsts) {
      store.insert(row, "");
      store.finish(ended(row), false);
    }
    const seconds = firsts.map((row) => accepted(row));
    for (const row of seconds) store.insert(row, "");
    for (const row of seconds) expect(store.session(row.sessionId)?.lastExecutionId).toBe(row.id);
    for (const row of seconds) store.finish(ended(row), false);
    const again = storeOn(sql);
    for (const row of seconds) expect(again.session(row.sessionId)?.lastExecutionId).toBe(row.id);
  }));

it("deletes a session in pieces from its newest end, and stays whole between them", () =>
  onStorage((sql) => {
    const store = storeOn(sql);
    const rows: ExecutionRow[] = [];
    for (let count = 0; count < 5; count += 1) {
      const row = accepted(rows.at(-1));
      rows.push(row);
      store.insert(row, "title");
      store.finish(ended(row), false);
    }
    const sessionId = rows[0]?.sessionId ?? "";
    const session = () => storeOn(sql).session(sessionId);
    const deleted = store.deleteNewest(session() ?? expect.fail(), 3);
    expect(deleted).toEqual(
      rows
        .slice(2)
        .map(({ id }) => id)
        .toReversed(),
    );
    expect(session()).toMatchObject({ executions: 2, lastExecutionId: rows[1]?.id });
    store.deleteNewest(session() ?? expect.fail(), 3);
    expect(session()).toBeNull();
    expect(sql.exec("SELECT count(*) AS n FROM executions").one()["n"]).toBe(0);
  }));
