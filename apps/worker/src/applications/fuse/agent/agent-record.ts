/** What an agent's object knows of itself, in its key-value storage. */
import { OrreryError, timestamp } from "@orrery/protocol";
import type { FuseAgentState } from "@orrery/protocol";
import type { Activity, StateChange, Summary } from "../contract.ts";

/** What never changes. */
export interface Identity {
  readonly workspaceId: string;
  readonly bridgeId: string;
  /** Its name in the existing system. */
  readonly id: string;
  /** The agent of the platform that does its work. */
  readonly agentId: string;
  /** Whether what it is given and answers is sealed at rest. */
  readonly confidential: boolean;
}

interface Changing {
  status: FuseAgentState["status"];
  capabilities: readonly string[];
  /** Grows by each change of what stands here. */
  version: number;
  activity: Activity;
  requestsHandled: number;
  /** Epoch milliseconds. */
  lastActiveAt: number | null;
  completed: number;
  failed: number;
  cancelled: number;
}

export class AgentRecord {
  readonly #kv: SyncKvStorage;
  #identity: Identity | undefined;
  #changing: Changing | undefined;
  #ageing: boolean;

  constructor(kv: SyncKvStorage) {
    this.#kv = kv;
    this.#identity = kv.get<Identity>("identity");
    this.#changing = kv.get<Changing>("state");
    this.#ageing = kv.get<boolean>("ageing") ?? true;
  }

  /** Whether waiting makes up for priority, as the flag said last: it holds for what waits over restarts, too. */
  get ageing(): boolean {
    return this.#ageing;
  }

  setAgeing(ageing: boolean): void {
    if (ageing === this.#ageing) return;
    this.#ageing = ageing;
    this.#kv.put("ageing", ageing);
  }

  get exists(): boolean {
    return this.#identity !== undefined;
  }

  /** @throws OrreryError `not_found` where the agent was never made, or is no more. */
  get identity(): Identity {
    if (!this.#identity) throw new OrreryError("not_found", "There is no such agent.");
    return this.#identity;
  }

  get activity(): Activity {
    return this.#known.activity;
  }

  get version(): number {
    return this.#known.version;
  }

  get #known(): Changing {
    if (!this.#changing) throw new OrreryError("not_found", "There is no such agent.");
    return this.#changing;
  }

  /** Writes down who the agent is; what it did so far stays. */
  make(identity: Identity, capabilities: readonly string[]): void {
    this.#identity = identity;
    this.#kv.put("identity", identity);
    this.#save(
      this.#changing ?? {
        status: "active",
        capabilities,
        version: 1,
        activity: "running",
        requestsHandled: 0,
        lastActiveAt: null,
        completed: 0,
        failed: 0,
        cancelled: 0,
      },
    );
  }

  change({ status, capabilities, metrics }: StateChange): void {
    const known = this.#known;
    this.#save({
      ...known,
      status: status ?? known.status,
      capabilities: capabilities ?? known.capabilities,
      ...(metrics && {
        requestsHandled: metrics.requestsHandled,
        lastActiveAt: metrics.lastActive === null ? null : Date.parse(metrics.lastActive),
      }),
      version: known.version + 1,
    });
  }

  setActivity(activity: Activity): void {
    this.#save({ ...this.#known, activity, version: this.#known.version + 1 });
  }

  /** Counts tasks that ended. */
  ended(outcomes: readonly ("completed" | "failed" | "cancelled")[], at: number): void {
    const known = { ...this.#known };
    for (const outcome of outcomes) known[outcome] += 1;
    known.requestsHandled += outcomes.filter((outcome) => outcome !== "cancelled").length;
    known.lastActiveAt = at;
    known.version += 1;
    this.#save(known);
  }

  state(): FuseAgentState {
    const { status, capabilities, requestsHandled, lastActiveAt } = this.#known;
    return {
      id: this.identity.id,
      status,
      capabilities: [...capabilities],
      metrics: { requestsHandled, lastActive: lastActiveAt === null ? null : timestamp(lastActiveAt) },
    };
  }

  summary(queued: number, running: number): Summary {
    const { version, activity, completed, failed, cancelled } = this.#known;
    return {
      state: this.state(),
      version,
      activity,
      tasks: { queued, running, completed, failed, cancelled },
    };
  }

  /** Forgets what was in memory, after storage has been wiped. */
  forget(): void {
    this.#identity = undefined;
    this.#changing = undefined;
  }

  #save(changing: Changing): void {
    this.#changing = changing;
    this.#kv.put("state", changing);
  }
}
