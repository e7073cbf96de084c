/**
 * The Durable Object of one agent: its settings, its executions, its sessions, and the turns under way.
 * It is called by RPC; only the SDK's own socket arrives by fetch.
 */
import { DurableObject } from "cloudflare:workers";
import { Lifecycle } from "agents/lifecycle";
import type { LifecycleJobContext, LifecycleJobOutcome } from "agents/lifecycle";
import type { Agent, Execution, ExecutionStatus, Message, Page, Session } from "@orrery/protocol";
import { AgentCore } from "./agent-core.ts";
import type { Acceptance, Following, PageRequest, StreamAcceptance } from "./agent-core.ts";
import type { AgentSettings } from "./agent-settings.ts";
import { agentSockets } from "./agent-sockets.ts";
import { outcomeOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { TurnOrder } from "./agent-turns.ts";
import type { IndexDifference } from "./index-check.ts";

export class AgentObject extends DurableObject<Env> {
  readonly #core = new AgentCore(this.ctx.storage, this.env, async (time) => {
    await this.lifecycle.jobs.push({ id: "work", fn: "work", time });
  });
  readonly lifecycle = Lifecycle.install<Env>(this).use(agentSockets(this.#core));

  onStart(): void {
    this.#core.recover();
  }

  /** The wake-up call that is set whenever there is work: after a crash it is what takes it up again. */
  async onJob(_context: LifecycleJobContext): Promise<LifecycleJobOutcome> {
    const next = await this.#core.continueWork();
    return next === null ? undefined : { rescheduleAt: next };
  }

  /** Runs `work` for a caller of `workspaceId`; to any other this agent does not exist. */
  #for<Value>(
    workspaceId: string,
    work: (core: AgentCore) => Value | Promise<Value>,
  ): Promise<Outcome<Value>> {
    return outcomeOf(async () => {
      // Looked at before the lifecycle starts, so that asking for an agent that never was writes nothing.
      this.#core.assertExists(workspaceId);
      await this.lifecycle.start();
      return await work(this.#core);
    });
  }

  create(workspaceId: string, settings: AgentSettings): Promise<Outcome<Agent>> {
    return outcomeOf(async () => {
      this.#core.create(workspaceId, settings);
      await this.lifecycle.start();
      return await this.#core.announce("agent.created");
    });
  }

  describe(workspaceId: string): Promise<Outcome<Agent>> {
    return this.#for(workspaceId, (core) => core.agent());
  }

  update(workspaceId: string, patch: Partial<AgentSettings>): Promise<Outcome<Agent>> {
    return this.#for(workspaceId, (core) => core.update(patch));
  }

  remove(workspaceId: string): Promise<Outcome<null>> {
    return this.#for(workspaceId, (core) => core.remove());
  }

  /** Accepts a turn and answers with it as it stands. */
  accept(workspaceId: string, order: TurnOrder): Promise<Outcome<Acceptance>> {
    return this.#for(workspaceId, (core) => core.accept(order));
  }

  /** Accepts a turn and answers when it is final. */
  execute(workspaceId: string, order: TurnOrder): Promise<Outcome<Acceptance>> {
    return this.#for(workspaceId, (core) => core.execute(order));
  }

  /** Accepts a turn and answers with its stream. */
  stream(workspaceId: string, order: TurnOrder): Promise<Outcome<StreamAcceptance>> {
    return this.#for(workspaceId, (core) => core.stream(order));
  }

  /** The stream of an execution from after the event `lastEventId`. */
  follow(workspaceId: string, executionId: string, lastEventId: string | null): Promise<Outcome<Following>> {
    return this.#for(workspaceId, (core) => core.follow(executionId, lastEventId));
  }

  execution(workspaceId: string, executionId: string): Promise<Outcome<Execution>> {
    return this.#for(workspaceId, (core) => core.execution(executionId));
  }

  executions(
    workspaceId: string,
    query: PageRequest & { status?: ExecutionStatus | undefined },
  ): Promise<Outcome<Page<Execution>>> {
    return this.#for(workspaceId, (core) => core.executions(query));
  }

  cancel(workspaceId: string, executionId: string): Promise<Outcome<Execution>> {
    return this.#for(workspaceId, (core) => core.cancel(executionId));
  }

  sessions(workspaceId: string, query: PageRequest): Promise<Outcome<Page<Session>>> {
    return this.#for(workspaceId, (core) => core.sessions(query));
  }

  session(workspaceId: string, sessionId: string): Promise<Outcome<Session>> {
    return this.#for(workspaceId, (core) => core.session(sessionId));
  }

  removeSession(workspaceId: string, sessionId: string): Promise<Outcome<null>> {
    return this.#for(workspaceId, (core) => core.removeSession(sessionId));
  }

  messages(workspaceId: string, sessionId: string, query: PageRequest): Promise<Outcome<Page<Message>>> {
    return this.#for(workspaceId, (core) => core.messages(sessionId, query));
  }

  /** Compares the index with this object, and with `repair` makes the index agree. */
  checkIndex(workspaceId: string, repair: boolean): Promise<Outcome<IndexDifference[]>> {
    return this.#for(workspaceId, (core) => core.checkIndex(repair));
  }
}
