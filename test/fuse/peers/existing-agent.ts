/** An agent of the existing system, written as its documentation has it. It knows nothing of anyone else. */
import type { RedisServer } from "../redis.ts";
import { message, messageOf } from "./message.ts";
import type { Value } from "./message.ts";
import { channelNames, openWire, parse } from "./wire.ts";
import type { ChannelMode, ChannelNames } from "./wire.ts";

export interface ExistingAgentOptions {
  id: string;
  capabilities?: readonly string[];
  /** Which tasks it understands: those of format 2.0.0, or the older peers' bare ones. */
  form?: "2.0.0" | "bare";
  mode?: ChannelMode;
  /** Its own, where its configuration renames them. */
  channels?: Partial<ChannelNames>;
  /** What it answers to a task's input. */
  answer: (input: string) => string;
  /** Milliseconds it takes for that. */
  takesMs?: number;
  /** Whether it gives signs of life: its heartbeat, its status, and what it counts for monitoring. */
  alive?: boolean;
}

export interface ExistingAgent {
  id: string;
  /** Tasks it has answered, in order. */
  readonly answered: readonly string[];
  stop(): Promise<void>;
}

/** Seconds for which a heartbeat holds, and milliseconds between two. */
const heartbeat = { seconds: 5, everyMs: 1_000 };

export async function startExistingAgent(
  redis: RedisServer,
  options: ExistingAgentOptions,
): Promise<ExistingAgent> {
  const { id, form = "2.0.0", mode = "pubsub", answer, takesMs = 0, alive = true } = options;
  const channels = { ...channelNames, ...options.channels };
  const wire = openWire(redis, mode, `existing:${id}`);
  const client = redis.client();
  const answered: string[] = [];

  const beat = async (): Promise<void> => {
    await client.set(`agent:${id}:heartbeat`, new Date().toISOString(), "EX", heartbeat.seconds);
    await client.set(`agent:${id}:status`, "active");
  };
  const count = async (startedAt: number): Promise<void> => {
    await client.hset("monitor:response_time", id, String(Math.round(performance.now() - startedAt)));
    await client.hincrby("monitor:msg_count", id, 1);
  };

  const work = async (taskId: string, input: string, result: (text: string) => Value): Promise<void> => {
    const startedAt = performance.now();
    if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs));
    answered.push(taskId);
    await wire.send(channels.results, JSON.stringify(result(answer(input))));
    if (alive) await count(startedAt);
  };

  const onTask = async (value: Value): Promise<void> => {
    const task = messageOf(value);
    if (form === "bare") {
      const taskId = value["id"];
      if (task || (value["agentId"] !== undefined && value["agentId"] !== id)) return;
      if (typeof taskId !== "string" && typeof taskId !== "number") return;
      await work(String(taskId), String(value["payload"] ?? ""), (result) => ({ taskId, result }));
      return;
    }
    if (task?.header.type !== "TASK" || task.header.target !== id) return;
    const { taskId, message: input } = task.body.content;
    const back = { source: id, target: task.header.source, priority: task.header.priority };
    await wire.send(
      channels.coordination,
      JSON.stringify(message("ACKNOWLEDGMENT", back, { taskId, message: "accepted" })),
    );
    await work(String(taskId), String(input), (text) =>
      message("TASK", back, { taskId, message: text, result: text }),
    );
  };

  const onCoordination = async (value: Value): Promise<void> => {
    const asked = messageOf(value);
    if (asked?.header.type !== "SYSTEM" || asked.header.target !== id) return;
    if (asked.body.content["command"] !== "ping") return;
    const back = { source: id, target: asked.header.source };
    await wire.send(
      channels.coordination,
      JSON.stringify(message("STATUS", back, { message: "pong", status: "active" })),
    );
  };

  await wire.listen([channels.tasks, channels.coordination], (channel, text) => {
    const value = parse(text);
    if (!value) return;
    void (channel === channels.tasks ? onTask(value) : onCoordination(value));
  });
  let timer: NodeJS.Timeout | undefined;
  if (alive) {
    const state = { id, status: "active", capabilities: options.capabilities ?? [] };
    await client.set(`agent:${id}:state`, JSON.stringify(state));
    await beat();
    timer = setInterval(() => void beat().catch(() => {}), heartbeat.everyMs);
  }
  return {
    id,
    answered,
    async stop() {
      clearInterval(timer);
      wire.close();
      if (alive) await client.del(`agent:${id}:heartbeat`);
      client.disconnect();
    },
  };
}
