/**
 * Stands in for a language model that takes its time: it counts to forty, a number every fifth of a second, and says
 * the same whenever it is asked. It speaks OpenAI's chat completions, and needs nothing but Node.js 20.
 *
 *   node docs/examples/slow-model.mjs <port>
 */
import { createServer } from "node:http";

const small =
  "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";
const ones = `${small} seventeen eighteen nineteen`.split(" ");
const tens = { 20: "twenty", 30: "thirty", 40: "forty" };
const named = (number) =>
  ones[number - 1] ??
  [tens[Math.floor(number / 10) * 10], ones[(number % 10) - 1]]
    .filter((word) => word !== undefined)
    .join("-");
const words = Array.from({ length: 40 }, (_, index) => `${named(index + 1)}${index < 39 ? ", " : "."}`);

const json = (response, value) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
};

function speak(response) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (delta, finish_reason = null) => {
    const chunk = { id: "count", object: "chat.completion.chunk", created: 0, model: "count" };
    response.write(
      `data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta, finish_reason }] })}\n\n`,
    );
  };
  const left = [...words];
  const timer = setInterval(() => {
    const content = left.shift();
    if (content !== undefined) return send({ content });
    send({}, "stop");
    response.end("data: [DONE]\n\n");
    clearInterval(timer);
  }, 200);
  // Whoever asked may be gone.
  response.once("close", () => clearInterval(timer));
}

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", () => {
    if (request.method === "GET") {
      json(response, { object: "list", data: [{ id: "count", object: "model", owned_by: "slow" }] });
    } else if (JSON.parse(body).stream === true) speak(response);
    else {
      const message = { role: "assistant", content: words.join("") };
      json(response, {
        id: "count",
        model: "count",
        choices: [{ index: 0, message, finish_reason: "stop" }],
      });
    }
  });
});

const port = Number(process.argv[2] ?? 9999);
server.listen(port, "127.0.0.1", () => console.log(`A slow model listens on port ${port}.`));
