/**
 * What the measures of the New Fuse are held against: a worker of the existing kind, plainly on ioredis, that takes
 * tasks from a stream, asks the model, writes the result and acknowledges. It keeps nothing, and where it dies between
 * two of these steps a task is done twice or its result is lost: a floor, not a product. Ends when its parent does.
 *
 *   node bench/fuse-worker.ts <redis port> <tasks> <results> <base URL of the model server> <model>
 */
import { Redis } from "ioredis";

const [, , port = "", tasks = "", results = "", upstream = "", model = ""] = process.argv;
const group = "plain";
const reader = new Redis({ port: Number(port) });
const writer = new Redis({ port: Number(port), enableAutoPipelining: true });

async function ask(input: string): Promise<string> {
  const response = await fetch(`${upstream}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: input }] }),
  });
  const answer = (await response.json()) as { choices: { message: { content: string } }[] };
  return answer.choices[0]?.message.content ?? "";
}

async function perform(id: string, text: string): Promise<void> {
  const { header, body } = JSON.parse(text) as {
    header: { source: string; target: string };
    body: { content: { message: string; taskId: string } };
  };
  const { message, taskId } = body.content;
  const result = await ask(message);
  const answer = {
    header: { ...header, source: header.target, target: header.source, type: "TASK" },
    body: { ...body, content: { taskId, message: result, result, status: "completed" } },
  };
  await writer.xadd(results, "*", "message", JSON.stringify(answer));
  await writer.xack(tasks, group, id);
}

process.once("disconnect", () => process.exit(0));
await reader.xgroup("CREATE", tasks, group, "0", "MKSTREAM");
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
for (;;) {
  const found = (await reader.xreadgroup(
    ...(["GROUP", group, "one", "COUNT", 256, "BLOCK", 0, "STREAMS", tasks, ">"] as const),
  )) as [string, [string, string[]][]][] | null;
  for (const [, entries] of found ?? []) {
    for (const [id, fields] of entries) void perform(id, fields[1] ?? "");
  }
}
