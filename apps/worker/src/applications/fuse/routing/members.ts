/** The agents of one bridge, in the bridge's own storage. Few, and asked for with each message, so all are in memory. */
import { OrreryError } from "@orrery/protocol";
import type { Member, Members } from "../contract.ts";

export class StoredMembers implements Members {
  readonly #sql: SqlStorage;
  readonly #members = new Map<string, Member>();
  /** Whether the index in D1 may not have what is here. */
  readonly #unindexed = new Set<string>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS fuse_members (
        id TEXT PRIMARY KEY,
        -- A member as JSON.
        member TEXT NOT NULL,
        unindexed INTEGER NOT NULL
      ) WITHOUT ROWID`);
    for (const row of sql.exec(`SELECT * FROM fuse_members ORDER BY id`)) {
      const member = JSON.parse(String(row["member"])) as Member; // written by save
      this.#members.set(member.id, member);
      if (row["unindexed"] === 1) this.#unindexed.add(member.id);
    }
  }

  all(): readonly Member[] {
    return [...this.#members.values()];
  }

  find(fuseAgentId: string): Member | undefined {
    return this.#members.get(fuseAgentId);
  }

  get(fuseAgentId: string): Member {
    const member = this.#members.get(fuseAgentId);
    if (!member) throw new OrreryError("not_found", "The bridge has no such agent.");
    return member;
  }

  save(member: Member): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO fuse_members (id, member, unindexed) VALUES (?, ?, 1)`,
      member.id,
      JSON.stringify(member),
    );
    this.#members.set(member.id, member);
    this.#unindexed.add(member.id);
  }

  remove(fuseAgentId: string): void {
    this.#sql.exec(`DELETE FROM fuse_members WHERE id = ?`, fuseAgentId);
    this.#members.delete(fuseAgentId);
    this.#unindexed.delete(fuseAgentId);
  }

  /** Members that the index may not have as they are. */
  unindexed(): Member[] {
    return [...this.#unindexed].flatMap((id) => this.#members.get(id) ?? []);
  }

  /** The index has these, unless they were changed since. */
  indexed(members: readonly Member[]): void {
    for (const member of members) {
      if (this.#members.get(member.id) !== member) continue;
      this.#sql.exec(`UPDATE fuse_members SET unindexed = 0 WHERE id = ?`, member.id);
      this.#unindexed.delete(member.id);
    }
  }
}
