/** An agent's two small records: what it is, and what it has to do. */
import { OrreryError } from "@orrery/protocol";
import type { Agent } from "@orrery/protocol";
import { agentOf, noWork } from "./agent-settings.ts";
import type { AgentRecord, AgentSettings, WorkRecord } from "./agent-settings.ts";

export class AgentRecords {
  readonly #kv: SyncKvStorage;
  #record: AgentRecord | undefined;
  #work: WorkRecord;
  #removing: boolean;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
    this.#record = recordOf(kv.get<AgentRecord>("agent"));
    this.#work = { ...noWork, ...kv.get<WorkRecord>("work") };
    this.#removing = kv.get("removing") === true;
  }

  get exists(): boolean {
    return this.#record !== undefined;
  }

  /** @throws OrreryError `not_found` where the agent was never made, or is no more. */
  get known(): AgentRecord {
    if (!this.#record) throw new OrreryError("not_found", "There is no such agent.");
    return this.#record;
  }

  get settings(): AgentSettings {
    return this.known.settings;
  }

  get work(): WorkRecord {
    return this.#work;
  }

  /** True from the moment the agent's removal has begun. */
  get removing(): boolean {
    return this.#removing;
  }

  agent(): Agent {
    return agentOf(this.known, this.#work);
  }

  save(record: AgentRecord): void {
    this.#record = record;
    this.#kv.put("agent", record);
    this.saveWork({ settingsUnindexed: true });
  }

  saveWork(change: Partial<WorkRecord>): void {
    this.noteWork(change);
    this.#kv.put("work", this.#work);
  }

  /** Changes what is known of the work without writing it: for what a start finds out by itself. */
  noteWork(change: Partial<WorkRecord>): void {
    this.#work = { ...this.#work, ...change };
  }

  beginRemoval(): void {
    this.#kv.put("removing", true);
    this.#removing = true;
  }

  /** Forgets what was in memory, after storage has been wiped. */
  forget(): void {
    this.#record = undefined;
    this.#work = { ...noWork };
    this.#removing = false;
  }
}

/** A record as of now: one of before there were confidential agents is of none. */
function recordOf(stored: AgentRecord | undefined): AgentRecord | undefined {
  return (
    stored && {
      ...stored,
      settings: { ...stored.settings, confidential: stored.settings.confidential ?? false },
    }
  );
}
