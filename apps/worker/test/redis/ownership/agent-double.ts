/** An agent's object as ownership and state sync see it: durable, and as quick or as slow as the test wants. */
import type { FuseAgentState } from "@orrery/protocol";
import type {
  FuseAgentStub,
  StateChange,
  Summary,
  TaskDelivery,
} from "../../../src/applications/fuse/contract.ts";

interface Task {
  readonly delivery: TaskDelivery;
  status: "accepted" | "answered" | "fenced" | "published" | "given-up" | "handed-back";
}

type Part =
  | "accept"
  | "changeState"
  | "handBack"
  | "handedBack"
  | "knows"
  | "published"
  | "remaining"
  | "resend"
  | "summary"
  | "unsettled";

/** Tasks handed back at once: few, so that there are several calls. */
const atOnce = 2;

export class AgentDouble implements Pick<FuseAgentStub, Part> {
  readonly tasks = new Map<string, Task>();
  state: FuseAgentState;
  version = 1;
  /** Sends answers on their way, as the bridge's object does for a report. */
  report: (taskIds: readonly string[]) => Promise<unknown> = async () => {};

  constructor(id: string, capabilities: string[] = []) {
    this.state = {
      id,
      status: "active",
      capabilities,
      metrics: { requestsHandled: 0, lastActive: null },
    };
  }

  accept(tasks: readonly TaskDelivery[]) {
    for (const delivery of tasks) {
      if (!this.tasks.has(delivery.taskId)) this.tasks.set(delivery.taskId, { delivery, status: "accepted" });
    }
    return Promise.resolve({
      answers: tasks.map(() => ({ outcome: "accepted" as const })),
      summary: this.#summary(),
    });
  }

  /** Ends all that it has, and reports what was not published yet: the bridge may have died over the last report. */
  async finish(): Promise<void> {
    for (const id of this.#ids("accepted")) this.#set(id, "answered");
    await this.report(this.#ids("answered"));
  }

  async handBack(after: number | null) {
    if (after === null) {
      for (const id of [...this.#ids("accepted"), ...this.#ids("fenced")]) this.#set(id, "given-up");
      await this.report(this.#ids("answered"));
    }
    const places = [...this.tasks.keys()];
    const waiting = this.#ids("given-up").filter((id) => places.indexOf(id) > (after ?? -1));
    const some = waiting.slice(0, atOnce);
    return {
      tasks: some.flatMap((id) => this.tasks.get(id)?.delivery ?? []),
      next: waiting.length > atOnce ? places.indexOf(some.at(-1) ?? "") : null,
      summary: this.#summary(),
    };
  }

  knows(taskIds: readonly string[]) {
    return Promise.resolve(taskIds.filter((id) => this.tasks.has(id)));
  }

  unsettled(taskIds: readonly string[]) {
    return Promise.resolve(this.#unsettled().filter((id) => taskIds.includes(id)));
  }

  remaining() {
    return Promise.resolve(this.#unsettled().length);
  }

  handedBack(taskIds: readonly string[]) {
    for (const id of taskIds) if (this.tasks.get(id)?.status === "given-up") this.#set(id, "handed-back");
    return Promise.resolve();
  }

  published(answered: Parameters<FuseAgentStub["published"]>[0]) {
    for (const { taskId, outcome } of answered) {
      if (this.tasks.get(taskId)?.status !== "answered") continue;
      this.#set(taskId, outcome === "fenced" ? "fenced" : "published");
    }
    return Promise.resolve();
  }

  async resend() {
    const again = this.#ids("fenced");
    for (const id of again) this.#set(id, "answered");
    if (again.length > 0) await this.report(again);
  }

  summary() {
    return Promise.resolve({ ok: true as const, value: this.#summary() });
  }

  changeState(change: StateChange, expectedVersion: number | null) {
    const changed = expectedVersion === null || expectedVersion === this.version;
    if (changed) this.write(change);
    return Promise.resolve({ changed, summary: this.#summary() });
  }

  /** A change of its own. */
  write(change: StateChange): void {
    this.version += 1;
    const { capabilities, ...rest } = change;
    this.state = {
      ...this.state,
      ...rest,
      ...(capabilities !== undefined && { capabilities: [...capabilities] }),
    };
  }

  /** As its bridge calls it: what is not here is asked for by no test. */
  stub(): FuseAgentStub {
    return this as Pick<FuseAgentStub, Part> as FuseAgentStub;
  }

  #unsettled(): string[] {
    const statuses = ["accepted", "answered", "fenced", "given-up"] as const;
    return statuses.flatMap((status) => this.#ids(status));
  }

  #ids(status: Task["status"]): string[] {
    return [...this.tasks].filter(([, task]) => task.status === status).map(([id]) => id);
  }

  #set(id: string, status: Task["status"]): void {
    const task = this.tasks.get(id);
    if (task !== undefined) task.status = status;
  }

  #summary(): Summary {
    return {
      state: structuredClone(this.state),
      version: this.version,
      activity: "running",
      tasks: { queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
    };
  }
}
