/** An agent's two small records: what it is, and what it has to do. */
import { OrreryError } from "@orrery/protocol";
import type { Agent } from "@orrery/protocol";
import { agentOf, noWork } from "./agent-settings.ts";
import type { AgentRecord, AgentSettings, WorkRecord } from "./agent-settings.ts";
import type { ColumnSeal } from "./execution-columns.ts";

const promptPlace = "system-prompt";

export class AgentRecords {
  readonly #kv: SyncKvStorage;
  #seal: ColumnSeal | undefined;
  #record: AgentRecord | undefined;
  #work: WorkRecord;
  /** What of the work is on disk. */
  #saved: WorkRecord;
  #removing: boolean;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
    this.#record = recordOf(kv.get<AgentRecord>("agent"));
    this.#work = { ...noWork, ...kv.get<WorkRecord>("work") };
    this.#saved = this.#work;
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

  /** Hands over what seals a confidential agent's system prompt. */
  sealWith(seal: ColumnSeal): void {
    this.#seal = seal;
  }

  /** @throws OrreryError `conflict` where the agent is confidential and its system prompt cannot be sealed */
  save(record: AgentRecord): void {
    const { systemPrompt, ...settings } = record.settings;
    const before = this.#record;
    this.#record = record;
    if (settings.confidential && systemPrompt !== undefined) {
      try {
        const sealedPrompt = this.#seal?.close(systemPrompt, promptPlace);
        if (!sealedPrompt) throw new Error("a system prompt is never kept as it is");
        this.#record = { ...record, sealedPrompt };
      } catch (error) {
        this.#record = before;
        throw error;
      }
      this.#kv.put("agent", { ...this.#record, settings });
    } else this.#kv.put("agent", record);
    this.saveWork({ settingsUnindexed: true });
  }

  /** Opens a confidential agent's system prompt; closes it again where nobody is to read it any more. */
  openPrompt(): void {
    const { sealedPrompt, settings } = this.known;
    if (!sealedPrompt) return;
    const { systemPrompt: known, ...rest } = settings;
    const prompt = this.#seal?.open(sealedPrompt, promptPlace);
    if (typeof prompt !== "string") this.#record = { ...this.known, settings: rest };
    else if (known === undefined)
      this.#record = { ...this.known, settings: { ...rest, systemPrompt: prompt } };
  }

  /** Whether there is a system prompt that nobody can read any more. */
  get promptLost(): boolean {
    const { sealedPrompt, settings } = this.known;
    return sealedPrompt !== undefined && settings.systemPrompt === undefined;
  }

  saveWork(change: Partial<WorkRecord>): void {
    this.noteWork(change);
    this.#kv.put("work", this.#work);
    this.#saved = this.#work;
  }

  /**
   * Changes what is known of the work, to be written with whatever is written next, or by {@link saveNoted}: for what a
   * crash may undo, since it is found out or done again.
   */
  noteWork(change: Partial<WorkRecord>): void {
    this.#work = { ...this.#work, ...change };
  }

  /** Writes what was only noted, if anything. */
  saveNoted(): void {
    if (this.#saved !== this.#work) this.saveWork({});
  }

  beginRemoval(): void {
    this.#kv.put("removing", true);
    this.#removing = true;
  }

  /** Forgets what was in memory, after storage has been wiped. */
  forget(): void {
    this.#record = undefined;
    this.#work = { ...noWork };
    this.#saved = this.#work;
    this.#removing = false;
  }
}

/** What agents have that were made before there were such settings. */
const absentBefore = { modelPolicy: {}, confidential: false } satisfies Partial<AgentSettings>;

/** A record as of now: one of before there were such settings has none of them. */
function recordOf(stored: AgentRecord | undefined): AgentRecord | undefined {
  return (
    stored && {
      ...stored,
      settings: { ...absentBefore, ...stored.settings },
    }
  );
}
