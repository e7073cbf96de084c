/**
 * A program of an existing system that asks an agent something over Redis, and waits for the answer.
 *
 *     node docs/examples/fuse/ask.mjs calculator "What is 6 * 7?"
 *
 * REDIS_URL says where Redis is.
 */
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";

const [target = "calculator", message = "What is 6 * 7?"] = process.argv.slice(2);
const redis = new Redis(process.env.REDIS_URL ?? "redis://127.0.0.1:6379");
const listener = redis.duplicate();

const taskId = `ask-${randomUUID()}`;
const sentAt = Date.now();

const answered = new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("nobody answered within 30 s")), 30_000).unref();
  listener.on("message", (_channel, text) => {
    const { body } = JSON.parse(text);
    if (body?.content.taskId === taskId) resolve(body.content);
  });
});
await listener.subscribe("AI_RESULT_CHANNEL");

const now = new Date(sentAt).toISOString();
const task = {
  header: { source: "ask", target, type: "TASK", version: "2.0.0", priority: "MEDIUM" },
  body: {
    content: { taskId, message },
    metadata: { sent_at: now, version: "2.0.0" },
    timestamp: now,
  },
};
await redis.publish("AI_TASK_CHANNEL", JSON.stringify(task));

const { result, error, by = "somebody else" } = await answered;
console.log(`${result ?? error}  (${by}, ${Date.now() - sentAt} ms)`);
redis.disconnect();
listener.disconnect();
process.exitCode = error === undefined ? 0 : 1;
