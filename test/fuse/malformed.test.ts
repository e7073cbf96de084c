/** What nobody can read must not stop what others can. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirement } from "../e2e/requirements.ts";
import { randomOf } from "../kill/random.ts";
import { echoOf } from "./echo-model.ts";
import type { Dispatcher } from "./peers/dispatcher.ts";
import { message, messageOf } from "./peers/message.ts";
import { begin, channelsIn } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

const sound = message("TASK", { source: "dispatcher", target: "writer" }, { message: "x", taskId: "never" });

/** Messages with something wrong in each. */
const wrong: readonly string[] = [
  "",
  " ",
  "not JSON",
  "{",
  "null",
  "42",
  '"text"',
  "[]",
  "[[[[]]]]",
  "{}",
  '{"id": {}}',
  '{"id": ""}',
  '{"id": 1.5}',
  '{"__proto__": {"id": "polluted"}}',
  '{"header": null}',
  '{"header": []}',
  '{"header": {}, "body": {}}',
  '{"type": "capability_update"}',
  '{"type": "capability_update", "capabilities": "all"}',
  '{"type": "cancel"}',
  '{"taskId": null}',
  JSON.stringify({ ...sound, header: { ...sound.header, version: "1.0.0" } }),
  JSON.stringify({ ...sound, header: { ...sound.header, type: "NONSENSE" } }),
  JSON.stringify({ ...sound, header: { ...sound.header, priority: "NOW" } }),
  JSON.stringify({ ...sound, header: { ...sound.header, target: "w".repeat(5_000) } }),
  JSON.stringify({ ...sound, body: { ...sound.body, content: "a text" } }),
  JSON.stringify({ ...sound, body: { ...sound.body, metadata: null } }),
  JSON.stringify({ ...sound, body: { ...sound.body, timestamp: {} } }),
  JSON.stringify({ ...sound, body: { ...sound.body, content: { jwe: "a.b.c.d.e" } } }),
  JSON.stringify({ ...sound, signature: "x..y" }),
  `${"[".repeat(5_000)}${"]".repeat(5_000)}`,
  JSON.stringify({ ...sound, more: 0 }).replace("0}", `${'{"a":'.repeat(20_000)}0${"}".repeat(20_001)}`),
  `{"id": "${"long".repeat(1_000)}"}`,
  "\u0000\uFFFD\u202E",
];

function noise(random: () => number): string {
  const length = Math.floor(random() * 200);
  const characters = Array.from({ length }, () => String.fromCharCode(Math.floor(random() * 0x250)));
  return characters.join("");
}

describe.each(["pubsub", "streams"] as const)("over %s", (mode) => {
  let around: Surroundings;
  let dispatcher: Dispatcher;
  let bridgeId: string;

  beforeAll(async () => {
    around = await begin();
    bridgeId = await around.bridge({ channels: channelsIn(mode) });
    await around.agent(bridgeId, "writer");
    dispatcher = await around.dispatcher({ mode });
  });
  afterAll(() => around.stop());

  it(requirement("fuse-malformed", mode), async () => {
    const random = randomOf(5);
    const flood = [...wrong, ...Array.from({ length: 300 }, () => noise(random))];
    const roles = ["tasks", "coordination", "results"] as const;
    const sending = flood.flatMap((text) => roles.map((role) => dispatcher.send(role, text)));
    const ids = Array.from({ length: 50 }, (_, index) => `sound-${index}`);
    for (const id of ids) sending.push(dispatcher.task(`Do ${id}`, { id, target: "writer" }).then(() => {}));
    await Promise.all(sending);
    for (const id of ids) {
      const result = messageOf(await dispatcher.result(id));
      expect(result?.body.content["result"]).toBe(echoOf(`Do ${id}`));
    }
    const { status } = await around.api.bridge(bridgeId);
    expect(status.state).toBe("connected");
    expect(status.reconnects).toBe(0);
    const kept = async (): Promise<number> => (await around.api.deadLetters(bridgeId)).length;
    await expect.poll(kept, { timeout: 10_000 }).toBeGreaterThan(900);
    const letters = await around.api.deadLetters(bridgeId);
    expect(letters.every(({ reason }) => reason.length > 5)).toBe(true);
  });

  it(requirement("fuse-malformed", `nothing waits for ever, ${mode}`), async () => {
    if (mode === "streams") {
      const client = around.redis.client();
      await client.xadd("AI_TASK_CHANNEL", "*", "something", "else");
      await client.xadd("AI_TASK_CHANNEL", "*", "message", "", "more", "fields");
    }
    await dispatcher.task("After them", { id: "after", target: "writer" });
    await dispatcher.result("after");
    const waiting = async () => {
      const { channels } = (await around.api.bridge(bridgeId)).status;
      return channels.reduce((sum, { lag, pending }) => sum + (lag ?? 0) + (pending ?? 0), 0);
    };
    await expect.poll(waiting, { timeout: 15_000 }).toBe(0);
  });
});
