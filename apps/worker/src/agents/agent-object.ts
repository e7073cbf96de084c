/**
 * The Durable Object of one agent: its settings, its executions, its sessions, and the turns under way.
 * It is called by RPC; only turns that are streamed and the SDK's own socket arrive by fetch.
 */
import { DurableObject } from "cloudflare:workers";
import { Lifecycle } from "agents/lifecycle";
import type { Agent, Document, Execution, ExecutionStatus, Message, Page, Session } from "@orrery/protocol";
import type { StoredDocument } from "../memory/index.ts";
import { isUpgrade } from "../security/index.ts";
import { AgentCore } from "./agent-core.ts";
import type { Acceptance, Following } from "./agent-core.ts";
import type { AgentSettings, VersionedAgent } from "./agent-settings.ts";
import { agentSockets } from "./agent-sockets.ts";
import { Presence, leftMessage, restOf } from "./presence.ts";
import { outcomeOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { TurnOrder } from "./turn-order.ts";
import type { PageRequest } from "./pages.ts";
import type { IndexDifference } from "./index-check.ts";
import type { CallOutcome, OrderedCall } from "./tool-step.ts";
import { answerTurn } from "./turn-stream.ts";

export class AgentObject extends DurableObject<Env> {
  /** The SDK tells clients what class they are connected to; a bundler would choose another name with each build. */
  static override readonly name = "AgentObject";
  readonly #presence = new Presence({
    restMs: restOf(this.env),
    now: () => Date.now(),
    after: (milliseconds, work) => void setTimeout(work, milliseconds),
    // A socket's end would tell its client; the runtime lets the object go and keeps the socket.
    settle: async () => (this.#sockets.getConnections().next().done ? this.#core.upkeep.settle() : "kept"),
    leave: () => this.ctx.abort(leftMessage),
  });
  readonly #core = new AgentCore(this.ctx.storage, this.env, {
    wakeUp: {
      // The object's alarm as it is: a table of jobs for the one there is would cost every agent a page and a query.
      set: (time) => this.ctx.storage.setAlarm(time),
      clear: () => this.ctx.storage.deleteAlarm(),
    },
    visit: () => this.#presence.enter(),
  });
  readonly #sockets = agentSockets(this.#core, this.env, this.ctx);
  readonly lifecycle = Lifecycle.install<Env>(this).use(this.#sockets);

  override fetch(request: Request): Promise<Response> {
    if (isUpgrade(request.headers)) return this.#unlocked(() => this.lifecycle.fetch(request));
    return this.#presence.during(() =>
      answerTurn(request, (workspaceId, order) => this.#for(workspaceId, (core) => core.stream(order))),
    );
  }

  /** The wake-up call that is set whenever there is work: after a crash it is what takes it up again. */
  override alarm(): Promise<void> {
    return this.#presence.during(async () => {
      await this.#core.upkeep.awoken();
      await this.#core.unlock();
      await this.lifecycle.start();
      await this.#core.upkeep.continueWork();
    });
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    return this.#unlocked(() => this.lifecycle.webSocketMessage(socket, message));
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string, wasClean: boolean): Promise<void> {
    return this.#presence.during(() => this.lifecycle.webSocketClose(socket, code, reason, wasClean));
  }

  override webSocketError(socket: WebSocket, error: unknown): Promise<void> {
    return this.#presence.during(() => this.lifecycle.webSocketError(socket, error));
  }

  onStart(): void {
    this.#core.upkeep.recover();
  }

  #unlocked<Value>(work: () => Promise<Value>): Promise<Value> {
    return this.#presence.during(async () => {
      await this.#core.unlock();
      return await work();
    });
  }

  /** Runs `work` for a caller of `workspaceId`; to any other this agent does not exist. */
  #for<Value>(
    workspaceId: string,
    work: (core: AgentCore) => Value | Promise<Value>,
  ): Promise<Outcome<Value>> {
    return this.#visit(async () => {
      // Looked at before the lifecycle starts, so that asking for an agent that never was writes nothing.
      this.#core.assertExists(workspaceId);
      await this.#core.unlock();
      await this.lifecycle.start();
      // It may have been removed meanwhile.
      this.#core.assertExists(workspaceId);
      return await work(this.#core);
    });
  }

  /** Runs what a caller asks for; until its answer is ready the object stays. */
  #visit<Value>(work: () => Promise<Value>): Promise<Outcome<Value>> {
    return this.#presence.during(() => outcomeOf(work));
  }

  create(workspaceId: string, settings: AgentSettings): Promise<Outcome<Agent>> {
    return this.#visit(async () => {
      await this.#core.create(workspaceId, settings);
      await this.lifecycle.start();
      return await this.#core.announce("agent.created");
    });
  }

  /** Makes an agent for one turn, runs it, and removes the agent; answers with the final execution. */
  runOnce(workspaceId: string, settings: AgentSettings, order: TurnOrder): Promise<Outcome<Execution>> {
    return this.#visit(async () => {
      await this.#core.create(workspaceId, settings, true);
      await this.lifecycle.start();
      return await this.#core.runOnce(order);
    });
  }

  describe(workspaceId: string): Promise<Outcome<Agent>> {
    return this.#for(workspaceId, (core) => core.agent());
  }

  /** The agent, and which state of its settings that is. */
  versioned(workspaceId: string): Promise<Outcome<VersionedAgent>> {
    return this.#for(workspaceId, (core) => core.versioned());
  }

  /** Changes settings that are one of the `versions`; any where none are given. */
  update(
    workspaceId: string,
    patch: Partial<AgentSettings>,
    versions?: readonly number[],
  ): Promise<Outcome<VersionedAgent>> {
    return this.#for(workspaceId, (core) => core.update(patch, versions));
  }

  remove(workspaceId: string): Promise<Outcome<null>> {
    return this.#for(workspaceId, async (core) => {
      await core.remove();
      for (const connection of this.#sockets.getConnections())
        connection.close(1000, "the agent was deleted");
      return null;
    });
  }

  /** Accepts a turn and answers with it as it stands. */
  accept(workspaceId: string, order: TurnOrder): Promise<Outcome<Acceptance>> {
    return this.#for(workspaceId, (core) => core.accept(order));
  }

  /** Accepts a turn and answers when it is final. */
  execute(workspaceId: string, order: TurnOrder): Promise<Outcome<Acceptance>> {
    return this.#for(workspaceId, (core) => core.execute(order));
  }

  /** Runs one of the agent's tools outside any turn; answers with its output, or with words why there is none. */
  callTool(workspaceId: string, call: Omit<OrderedCall, "signal">): Promise<Outcome<CallOutcome>> {
    return this.#for(workspaceId, (core) => core.callTool(call));
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
    return this.#for(workspaceId, (core) => core.sessions.list(query));
  }

  session(workspaceId: string, sessionId: string): Promise<Outcome<Session>> {
    return this.#for(workspaceId, (core) => core.sessions.get(sessionId));
  }

  removeSession(workspaceId: string, sessionId: string): Promise<Outcome<null>> {
    return this.#for(workspaceId, (core) => core.sessions.remove(sessionId));
  }

  messages(workspaceId: string, sessionId: string, query: PageRequest): Promise<Outcome<Page<Message>>> {
    return this.#for(workspaceId, (core) => core.sessions.messages(sessionId, query));
  }

  giveDocument(workspaceId: string, document: StoredDocument): Promise<Outcome<Document>> {
    return this.#for(workspaceId, (core) => core.giveDocument(document));
  }

  documents(workspaceId: string, query: PageRequest, sessionId?: string): Promise<Outcome<Page<Document>>> {
    return this.#for(workspaceId, (core) => core.listDocuments(query, sessionId));
  }

  document(workspaceId: string, id: string): Promise<Outcome<Document>> {
    return this.#for(workspaceId, (core) => core.document(id));
  }

  storedDocument(workspaceId: string, id: string): Promise<Outcome<StoredDocument>> {
    return this.#for(workspaceId, (core) => core.storedDocument(id));
  }

  removeDocument(workspaceId: string, id: string): Promise<Outcome<null>> {
    return this.#for(workspaceId, (core) => core.removeDocument(id));
  }

  /** Compares the index with this object, and with `repair` makes the index agree. */
  checkIndex(workspaceId: string, repair: boolean): Promise<Outcome<IndexDifference[]>> {
    return this.#for(workspaceId, (core) => core.checkIndex(repair));
  }
}
