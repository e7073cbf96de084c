import type {
  CreateFuseAgent,
  FuseAgent,
  FuseTask,
  FuseTaskStatus,
  ImportFuseAgents,
  ImportResult,
  Migrate,
  MigrationMode,
  MigrationResult,
  Page,
  ShadowDifference,
} from "@orrery/protocol";
import { eachItem, type PageOptions } from "./pages.ts";
import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

export interface FuseAgentFilter {
  bridgeId?: string | undefined;
  mode?: MigrationMode | undefined;
}

export interface FuseTaskFilter {
  status?: FuseTaskStatus | undefined;
}

/** Agents that answer over Redis. One is named by its bridge and its name in the existing system. */
export interface FuseAgents {
  list(query?: FuseAgentFilter & PageOptions, options?: RequestOptions): Promise<Page<FuseAgent>>;
  listAll(query?: FuseAgentFilter, options?: RequestOptions): AsyncGenerator<FuseAgent, void, undefined>;
  /** Makes the agent that is to take over; it begins in `legacy` mode, in which it does nothing. */
  create(agent: CreateFuseAgent, options?: WriteOptions): Promise<FuseAgent>;
  get(bridgeId: string, id: string, options?: RequestOptions): Promise<FuseAgent>;
  /**
   * Removes it. The existing agent answers for its tasks again; while those that are not finished are still on their way
   * there, this rejects with 409, and is to be asked again. With `force` they are lost.
   */
  delete(bridgeId: string, id: string, options?: WriteOptions & { force?: boolean }): Promise<void>;
  /** Changes who answers. Back to `legacy`, unfinished tasks are handed back. */
  migrate(bridgeId: string, id: string, migration: Migrate, options?: WriteOptions): Promise<MigrationResult>;
  /** It takes no new tasks, until {@link resume}. */
  pause(bridgeId: string, id: string, options?: WriteOptions): Promise<FuseAgent>;
  resume(bridgeId: string, id: string, options?: WriteOptions): Promise<FuseAgent>;
  /** It ends the tasks it has, and takes no more. */
  drain(bridgeId: string, id: string, options?: WriteOptions): Promise<FuseAgent>;
  /** A page of the tasks it took over, newest first. */
  tasks(
    bridgeId: string,
    id: string,
    query?: FuseTaskFilter & PageOptions,
    options?: RequestOptions,
  ): Promise<Page<FuseTask>>;
  task(bridgeId: string, id: string, taskId: string, options?: RequestOptions): Promise<FuseTask>;
  /** Ends a task that has not ended; its result says that it was cancelled. */
  cancelTask(bridgeId: string, id: string, taskId: string, options?: WriteOptions): Promise<FuseTask>;
  /** A page of the tasks that both sides did in `shadow` mode, newest first. */
  differences(
    bridgeId: string,
    id: string,
    query?: PageOptions,
    options?: RequestOptions,
  ): Promise<Page<ShadowDifference>>;
}

/** The New Fuse: agents that take tasks from Redis, and their way from the existing system to here. */
export interface Fuse {
  readonly agents: FuseAgents;
  /** Reads agents from the existing system's keys and makes those that are not here yet. */
  import(request: ImportFuseAgents, options?: WriteOptions): Promise<ImportResult>;
}

export function createFuse(transport: Transport): Fuse {
  const root = "/api/v1/fuse/agents";
  const one = (bridgeId: string, id: string): string =>
    `${root}/${encodeURIComponent(bridgeId)}/${encodeURIComponent(id)}`;
  const taskPath = (bridgeId: string, id: string, taskId: string): string =>
    `${one(bridgeId, id)}/tasks/${encodeURIComponent(taskId)}`;
  const list: FuseAgents["list"] = (query = {}, options) =>
    transport.json({ ...options, path: root, query: { ...query } });
  const turn =
    (verb: "pause" | "resume" | "drain"): FuseAgents["pause"] =>
    (bridgeId, id, options) =>
      transport.json({ ...options, method: "POST", path: `${one(bridgeId, id)}/${verb}` });

  return {
    agents: {
      list,
      listAll: (query = {}, options) => eachItem((cursor) => list({ ...query, limit: 100, cursor }, options)),
      create: (agent, options) => transport.json({ ...options, method: "POST", path: root, body: agent }),
      get: (bridgeId, id, options) => transport.json({ ...options, path: one(bridgeId, id) }),
      delete: (bridgeId, id, { force, ...options } = {}) =>
        transport.none({
          timeoutMs: 0,
          ...options,
          method: "DELETE",
          path: one(bridgeId, id),
          ...(force === true && { query: { force: "true" } }),
        }),
      migrate: (bridgeId, id, migration, options) =>
        transport.json({
          ...options,
          method: "POST",
          path: `${one(bridgeId, id)}/migrate`,
          body: migration,
        }),
      pause: turn("pause"),
      resume: turn("resume"),
      drain: turn("drain"),
      tasks: (bridgeId, id, query = {}, options) =>
        transport.json({ ...options, path: `${one(bridgeId, id)}/tasks`, query: { ...query } }),
      task: (bridgeId, id, taskId, options) =>
        transport.json({ ...options, path: taskPath(bridgeId, id, taskId) }),
      cancelTask: (bridgeId, id, taskId, options) =>
        transport.json({ ...options, method: "POST", path: `${taskPath(bridgeId, id, taskId)}/cancel` }),
      differences: (bridgeId, id, query = {}, options) =>
        transport.json({ ...options, path: `${one(bridgeId, id)}/differences`, query: { ...query } }),
    },
    import: (request, options) =>
      transport.json({
        timeoutMs: 0,
        ...options,
        method: "POST",
        path: "/api/v1/fuse/import",
        body: request,
      }),
  };
}
