import { derived, get, writable, type Readable } from "svelte/store";
import type {
  Agent,
  CreateAgent,
  Execution,
  ExecutionSummary,
  InputPart,
  UpdateAgent,
} from "@orrery/protocol";
import type { AgentFilter } from "../agents.ts";
import type { OrreryClient } from "../client.ts";
import { ApiError } from "../errors.ts";
import type { ConnectionStatus } from "../events.ts";
import type { ExecutionFilter, ExecutionOptions } from "../executions.ts";
import { LiveList } from "./live-list.ts";
import { followChanges, type Changes } from "./live-updates.ts";
import { readTurn, type Turn } from "./turn.ts";

export interface OrreryOptions {
  /** Items read at a time, 1 to 100; 50 unless given. */
  pageSize?: number;
}

type WorkspaceExecutionFilter = ExecutionFilter & { agentId?: string | undefined };

/** The workspace in stores. Nothing is read before `connect` or `refresh`. */
export interface Orrery {
  /** Agents as far as they have been read, newest first. */
  readonly agents: Readable<Agent[]>;
  readonly hasMoreAgents: Readable<boolean>;
  /** Executions of the workspace as far as they have been read, newest first. */
  readonly executions: Readable<ExecutionSummary[]>;
  readonly hasMoreExecutions: Readable<boolean>;
  /** Whether a list is being read. */
  readonly isLoading: Readable<boolean>;
  /** Whether an execution that was started here has not ended. */
  readonly isExecuting: Readable<boolean>;
  readonly connection: Readable<ConnectionStatus>;
  /** Why the lists could not be read or kept live; null while they are in order. */
  readonly error: Readable<Error | null>;

  /** Follows live events and reads the lists. Returns the function that stops it. */
  connect(): () => void;
  /** Reads again what is shown. Failures are in `error`. */
  refresh(): Promise<void>;
  filterAgents(filter: AgentFilter): Promise<void>;
  filterExecutions(filter: WorkspaceExecutionFilter): Promise<void>;
  loadMoreAgents(): Promise<void>;
  loadMoreExecutions(): Promise<void>;

  /** These throw what the client throws, and leave the stores as they were when they fail. */
  createAgent(agent: CreateAgent): Promise<Agent>;
  /** Shown at once, taken back when the server refuses. */
  updateAgent(id: string, patch: UpdateAgent): Promise<Agent>;
  /** Gone at once, back when the server refuses. */
  deleteAgent(id: string): Promise<void>;
  /** Resolves once the execution is accepted; its answer is then read to the end. */
  executeAgent(agentId: string, input: string | InputPart[], options?: ExecutionOptions): Promise<Turn>;
  /** Reads the answer of an execution that was started elsewhere, or before a reload. */
  followExecution(executionId: string): Promise<Turn>;
  cancelExecution(executionId: string): Promise<void>;
}

/** Executions read one by one after a batch of events; more than that, and the list is read again. */
const singleReads = 6;

/** Milliseconds in which the server's index takes up what its events told of: it is written in batches. */
const indexLagMs = 2_000;

const readable = <Value>(store: Readable<Value>): Readable<Value> => ({ subscribe: store.subscribe });

/** Stores and actions over `client`. */
export function createOrrery(client: OrreryClient, options: OrreryOptions = {}): Orrery {
  const pageSize = options.pageSize ?? 50;
  const agents = new LiveList<Agent, AgentFilter>((query) => client.agents.list(query), {
    filter: {},
    pageSize,
  });
  const executions = new LiveList<ExecutionSummary, WorkspaceExecutionFilter>(
    (query) => client.executions.listRecent(query),
    { filter: {}, pageSize },
  );
  const connection = writable<ConnectionStatus>("closed");
  const error = writable<Error | null>(null);
  const running = writable(0);

  /** Runs what reads the stores; its failure is shown, not thrown. */
  async function show(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      error.set(null);
    } catch (cause) {
      error.set(cause instanceof Error ? cause : new Error(String(cause)));
    }
  }

  const refresh = () => show(() => Promise.all([agents.refresh(), executions.refresh()]));

  /** Reads the lists once more when the server's index surely holds what was just heard of. */
  let later: ReturnType<typeof setTimeout> | undefined;
  const refreshLater = () => {
    later ??= setTimeout(() => {
      later = undefined;
      void refresh();
    }, indexLagMs);
  };

  const apply = (changes: Changes) =>
    show(async () => {
      for (const id of changes.deletedAgents) agents.remove(id);
      const changedAgents = [...changes.agents].filter((id) => !changes.deletedAgents.has(id));
      const changedExecutions = [...changes.executions];
      const fewAgents = changedAgents.length <= singleReads && !agents.isFiltered;
      const fewExecutions = changedExecutions.length <= singleReads && !executions.isFiltered;
      const readAgents = changes.everything || (changedAgents.length > 0 && !fewAgents);
      const readExecutions =
        changes.everything ||
        changes.deletedAgents.size > 0 ||
        (changedExecutions.length > 0 && !fewExecutions);
      await Promise.all([readAgents && agents.refresh(), readExecutions && executions.refresh()]);
      // One by one after the lists: a list comes from the index, which may not know of these yet.
      await Promise.all([
        ...(fewAgents ? changedAgents.map((id) => readAgent(id)) : []),
        ...(fewExecutions ? changedExecutions.map((id) => readExecution(id)) : []),
      ]);
      if (readAgents || readExecutions) refreshLater();
    });

  async function readAgent(id: string): Promise<void> {
    const agent = await client.agents.get(id).catch(absent);
    if (agent === undefined) agents.remove(id);
    else agents.put(agent);
  }

  async function readExecution(id: string): Promise<void> {
    const execution = await client.executions.get(id).catch(absent);
    if (execution === undefined) executions.remove(id);
    else executions.put(summaryOf(execution, agents.get(execution.agentId)?.name));
  }

  async function follow(start: () => ReturnType<OrreryClient["executions"]["follow"]>): Promise<Turn> {
    running.update((count) => count + 1);
    const settle = () => running.update((count) => count - 1);
    try {
      const turn = readTurn(await start());
      turn.finished.then(settle, settle);
      return turn;
    } catch (cause) {
      settle();
      throw cause;
    }
  }

  return {
    agents: agents.items,
    hasMoreAgents: agents.hasMore,
    executions: executions.items,
    hasMoreExecutions: executions.hasMore,
    isLoading: derived([agents.isLoading, executions.isLoading], ([one, other]) => one || other),
    isExecuting: derived(running, (count) => count > 0),
    connection: readable(connection),
    error: readable(error),

    connect: () => {
      const controller = new AbortController();
      const { signal } = controller;
      followChanges(client, { signal, onStatus: connection.set, apply }).catch((cause: unknown) => {
        error.set(cause instanceof Error ? cause : new Error(String(cause)));
      });
      void refresh();
      return () => {
        controller.abort();
        clearTimeout(later);
        later = undefined;
      };
    },
    refresh,
    filterAgents: (filter) => show(() => agents.show(filter)),
    filterExecutions: (filter) => show(() => executions.show(filter)),
    loadMoreAgents: () => show(() => agents.more()),
    loadMoreExecutions: () => show(() => executions.more()),

    createAgent: async (input) => {
      const agent = await client.agents.create(input);
      if (!agents.isFiltered) agents.put(agent);
      return agent;
    },

    updateAgent: async (id, patch) => {
      const before = agents.get(id);
      if (before !== undefined) agents.put(patched(before, patch));
      try {
        const agent = await client.agents.update(id, patch);
        if (agents.get(id) !== undefined || !agents.isFiltered) agents.put(agent);
        return agent;
      } catch (cause) {
        if (before !== undefined) agents.put(before);
        throw cause;
      }
    },

    deleteAgent: async (id) => {
      const before = agents.get(id);
      agents.remove(id);
      try {
        await client.agents.delete(id);
        for (const execution of get(executions.items)) {
          if (execution.agentId === id) executions.remove(execution.id);
        }
      } catch (cause) {
        if (before !== undefined) agents.put(before);
        throw cause;
      }
    },

    executeAgent: (agentId, input, execution) =>
      follow(() => client.executions.stream(agentId, input, execution)),
    followExecution: (executionId) => follow(() => client.executions.follow(executionId)),
    cancelExecution: async (executionId) => {
      await client.executions.cancel(executionId);
    },
  };
}

/** Turns "not found" into its absence; anything else stays an error. */
function absent(cause: unknown): undefined {
  if (cause instanceof ApiError && cause.status === 404) return undefined;
  throw cause;
}

/** An agent as it will be if the server takes the patch. */
function patched(agent: Agent, { systemPrompt, ...patch }: UpdateAgent): Agent {
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const { systemPrompt: previous, ...rest } = agent;
  const next = systemPrompt === undefined ? previous : (systemPrompt ?? undefined);
  return { ...rest, ...given, ...(next !== undefined && { systemPrompt: next }) };
}

function summaryOf(execution: Execution, agentName: string | undefined): ExecutionSummary {
  const {
    input,
    output: _output,
    toolCalls: _calls,
    attachments: _attachments,
    routes: _routes,
    modelCalls: _modelCalls,
    filtered: _filtered,
    ...rest
  } = execution;
  const text =
    typeof input === "string"
      ? input
      : input.map((part) => (part.type === "text" ? part.text : "")).join(" ");
  return { ...rest, inputPreview: text.slice(0, 200), ...(agentName !== undefined && { agentName }) };
}
