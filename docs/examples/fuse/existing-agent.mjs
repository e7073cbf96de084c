/**
 * An agent of an existing system, on ioredis alone: does sums, and knows nothing of Orrery.
 *
 *     node docs/examples/fuse/existing-agent.mjs calculator
 *
 * REDIS_URL says where Redis is, AI_TASK_CHANNEL and AI_RESULT_CHANNEL on which channels it listens and answers.
 */
import { Redis } from "ioredis";

const [id = "calculator"] = process.argv.slice(2);
const address = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";
const tasks = process.env.AI_TASK_CHANNEL ?? "AI_TASK_CHANNEL";
const results = process.env.AI_RESULT_CHANNEL ?? "AI_RESULT_CHANNEL";

const redis = new Redis(address);
const listener = redis.duplicate();

/** What others know of it: that it lives, and what it can do. */
async function giveSigns() {
  await redis.set(`agent:${id}:heartbeat`, new Date().toISOString(), "EX", 10);
  await redis.set(`agent:${id}:status`, "active", "EX", 10);
}
await redis.set(`agent:${id}:state`, JSON.stringify({ id, status: "active", capabilities: ["calculate"] }));
await giveSigns();
setInterval(() => void giveSigns(), 2_000);

function work(question) {
  const sum = /(\d+) *([-+*]) *(\d+)/.exec(question);
  if (sum === null) return "I only do sums.";
  const [, one, sign, other] = sum;
  const [a, b] = [Number(one), Number(other)];
  return `${one} ${sign} ${other} = ${sign === "+" ? a + b : sign === "-" ? a - b : a * b}`;
}

listener.on("message", (_channel, text) => {
  const { header, body } = JSON.parse(text);
  if (header?.type !== "TASK" || header.target !== id) return;
  const { taskId, message } = body.content;
  const result = work(message);
  const now = new Date().toISOString();
  const answer = {
    header: { ...header, source: id, target: header.source },
    body: {
      content: { taskId, message: result, result, by: "the existing agent" },
      metadata: { ...body.metadata, sent_at: now },
      timestamp: now,
    },
  };
  void redis.publish(results, JSON.stringify(answer));
});
await listener.subscribe(tasks);
console.log(`${id} listens on ${tasks} and answers on ${results}`);
