import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkpointAll } from "./checkpoint.ts";

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "checkpoint-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** A database as a killed process leaves it: its rows only in the write-ahead log. */
function leaveDatabase(path: string): void {
  const origin = join(directory(), "origin.sqlite");
  const database = new DatabaseSync(origin);
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)");
  for (const suffix of ["", "-wal", "-shm"]) cpSync(`${origin}${suffix}`, `${path}${suffix}`);
  database.close();
}

describe("folding write-ahead logs", () => {
  it("brings their rows into the databases, however deep, and removes them", () => {
    const root = directory();
    mkdirSync(join(root, "do/Class"), { recursive: true });
    const path = join(root, "do/Class/object.sqlite");
    leaveDatabase(path);
    expect(checkpointAll(root)).toEqual({ databases: 1, failed: [] });
    expect([existsSync(`${path}-wal`), existsSync(`${path}-shm`)]).toEqual([false, false]);
    const database = new DatabaseSync(path);
    expect(database.prepare("SELECT x FROM t").all()).toEqual([{ x: 1 }, { x: 2 }]);
    database.close();
  });

  it("reports one that cannot be folded and goes on with the others", () => {
    const root = directory();
    writeFileSync(join(root, "broken.sqlite"), "this is no database, whatever its name says it is");
    writeFileSync(join(root, "broken.sqlite-wal"), "nor is this its log");
    leaveDatabase(join(root, "sound.sqlite"));
    const { databases, failed } = checkpointAll(root);
    expect(databases).toBe(1);
    expect(failed).toEqual([{ path: join(root, "broken.sqlite"), error: "file is not a database" }]);
  });
});
