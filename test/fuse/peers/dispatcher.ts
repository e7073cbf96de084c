/** A dispatcher of the existing system: sends tasks, and keeps every message on every channel with its time. */
import type { RedisServer } from "../redis.ts";
import { message, messageOf, taskIdOf } from "./message.ts";
import type { Message, MessageType, Priority, Value } from "./message.ts";
import { channelNames, openWire, parse } from "./wire.ts";
import type { ChannelMode, ChannelNames } from "./wire.ts";

export interface Heard {
  channel: string;
  text: string;
  /** Null where it is no JSON object. */
  value: Value | null;
  /** Milliseconds of this process's clock. */
  at: number;
}

export interface TaskOptions {
  id: string;
  /** The agent by its name; without, whoever has the capability. */
  target?: string;
  capability?: string;
  priority?: Priority;
  /** Fields of `content` beyond the message's own. */
  more?: Record<string, unknown>;
}

export interface Dispatcher {
  readonly name: string;
  readonly heard: readonly Heard[];
  /** Sends a task in format 2.0.0; the message that was sent. */
  task(input: string, options: TaskOptions): Promise<Message>;
  /** Sends a task as older peers do. */
  bareTask(task: Value): Promise<void>;
  coordinate(value: Value): Promise<void>;
  /** Sends anything at all. */
  send(channel: keyof ChannelNames, text: string): Promise<void>;
  /** Results that came for a task so far. */
  resultsOf(taskId: string): readonly Heard[];
  /** Messages of a type that came so far. */
  ofType(type: MessageType): Message[];
  /** The first message that fits, whenever it came or comes. @throws Error after `withinMs` */
  find(fits: (heard: Heard) => boolean, withinMs?: number): Promise<Heard>;
  result(taskId: string, withinMs?: number): Promise<Value>;
  close(): void;
}

export interface DispatcherOptions {
  name?: string;
  mode?: ChannelMode;
  channels?: ChannelNames;
  /** What is done to each task before it is sent, such as signing it or encrypting its content. */
  protect?: (task: Message) => Promise<Message>;
}

export async function startDispatcher(
  redis: RedisServer,
  { name = "dispatcher", mode = "pubsub", channels = channelNames, protect }: DispatcherOptions = {},
): Promise<Dispatcher> {
  const wire = openWire(redis, mode);
  const heard: Heard[] = [];
  const results = new Map<string, Heard[]>();
  const waiting = new Set<(one: Heard) => void>();
  await wire.listen(Object.values(channels), (channel, text) => {
    const one = { channel, text, value: parse(text), at: performance.now() };
    heard.push(one);
    const taskId = channel === channels.results ? taskIdOf(one.value) : null;
    if (taskId !== null) results.set(taskId, [...(results.get(taskId) ?? []), one]);
    for (const look of waiting) look(one);
  });
  const send = (channel: keyof ChannelNames, text: string) => wire.send(channels[channel], text);

  const dispatcher: Dispatcher = {
    name,
    heard,
    async task(input, { id, target = "*", capability, priority = "MEDIUM", more = {} }) {
      const content = {
        message: input,
        taskId: id,
        ...(capability !== undefined && { requires: [capability] }),
        ...more,
      };
      const plain = message("TASK", { source: name, target, priority }, content);
      const task = protect ? await protect(plain) : plain;
      await send("tasks", JSON.stringify(task));
      return task;
    },
    bareTask: (task) => send("tasks", JSON.stringify(task)),
    coordinate: (value) => send("coordination", JSON.stringify(value)),
    send,
    resultsOf: (taskId) => results.get(taskId) ?? [],
    ofType: (type) =>
      heard.flatMap(({ value }) => {
        const found = messageOf(value);
        return found?.header.type === type ? [found] : [];
      }),
    find(fits, withinMs = 20_000) {
      const already = heard.find(fits);
      if (already) return Promise.resolve(already);
      const { promise, resolve, reject } = Promise.withResolvers<Heard>();
      const look = (one: Heard): void => {
        if (fits(one)) resolve(one);
      };
      waiting.add(look);
      const said = (): string =>
        heard
          .slice(-20)
          .map(({ channel, text }) => `${channel}: ${text}`)
          .join("\n");
      const timer = setTimeout(
        () => reject(new Error(`no such message within ${withinMs} ms; the last were:\n${said()}`)),
        withinMs,
      );
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(look);
      });
    },
    async result(taskId, withinMs) {
      const [already] = results.get(taskId) ?? [];
      const found = already ?? (await dispatcher.find((one) => results.get(taskId)?.[0] === one, withinMs));
      return found.value ?? {};
    },
    close: () => wire.close(),
  };
  return dispatcher;
}
