import type { FuseTask, FuseTaskStatus } from "@orrery/client";
import { Argument, Option, defineCommand } from "../command.ts";
import { listOptions, readList, showList, type ListOptions } from "../output/list-options.ts";
import { ago, duration } from "../output/units.ts";
import { agentArgument, bridgeOption, findFuseAgent, type WhichAgent } from "./find-fuse-agent.ts";
import { paintTask } from "./fuse-agent-view.ts";

interface Options extends ListOptions, WhichAgent {
  status?: FuseTaskStatus;
}

export const tasks = defineCommand<[agent: string], Options>({
  name: "tasks",
  summary: "list the tasks that an agent took over, newest first",
  arguments: [agentArgument()],
  options: [
    new Option("--status <status>", "those with this status").choices([
      "queued",
      "running",
      "completed",
      "failed",
      "cancelled",
      "handed-back",
    ]),
    bridgeOption(),
    ...listOptions(),
  ],
  examples: [
    ["orrery fuse tasks summarizer", "what it was asked lately"],
    ["orrery fuse tasks summarizer --status failed", "what went wrong"],
  ],
  async run(session, options, id) {
    const { bridgeId } = await findFuseAgent(session.client, id, options);
    const page = await readList(options, (query) =>
      session.client.fuse.agents.tasks(bridgeId, id, { ...query, status: options.status }),
    );
    const now = session.terminal.now();
    showList(session, page, "It took over no such tasks.", (found) =>
      session.table(found, [
        { heading: "TASK", value: (task) => task.id, elastic: true },
        { heading: "FROM", optional: true, value: ({ source }) => source, elastic: true },
        { heading: "TYPE", optional: true, value: ({ type }) => type },
        { heading: "PRIORITY", optional: true, value: ({ priority }) => priority },
        {
          heading: "STATUS",
          value: ({ status, shadow }) => `${status}${shadow ? " (shadow)" : ""}`,
          paint: ({ status }, text) => paintTask(status, text, session),
        },
        { heading: "TOOK", value: took, align: "right" },
        { heading: "WHEN", value: ({ acceptedAt }) => ago(acceptedAt, now) },
        { heading: "EXECUTION", optional: true, value: ({ executionId }) => executionId },
        { heading: "ERROR", value: ({ error }) => error, elastic: true },
      ]),
    );
  },
});

/** From its acceptance to its end, behind which its result is in Redis some milliseconds later. */
function took({ acceptedAt, endedAt }: FuseTask): string | null {
  return endedAt === null ? null : duration(Math.max(0, Date.parse(endedAt) - Date.parse(acceptedAt)));
}

export const cancel = defineCommand<[agent: string, task: string], WhichAgent>({
  name: "cancel",
  summary: "end a task that has not ended",
  description: "Its result says that it was cancelled, so that whoever asked waits no longer.",
  arguments: [agentArgument(), new Argument("<task>", "the task's id")],
  options: [bridgeOption()],
  examples: [["orrery fuse cancel summarizer task-42", "end it"]],
  async run(session, options, id, taskId) {
    const { bridgeId } = await findFuseAgent(session.client, id, options);
    const task = await session.client.fuse.agents.cancelTask(bridgeId, id, taskId);
    session.show(task, () => `${task.id}: ${paintTask(task.status, task.status, session)}\n`);
  },
});
