/**
 * What stands where Miniflare's own server was. Its workers in workerd report there what went wrong, and wait for an
 * answer; nothing else of what runs here asks it for anything.
 */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { LogEntry, LogSink } from "../log.ts";

/** Miniflare's numbers for levels, of which those above 2 are for its developers. */
const levels: Readonly<Record<string, LogEntry["level"]>> = { "1": "error", "2": "warn" };

/** Listens on loopback; resolves to `host:port`. Node's HTTP server takes 15 MB, so it comes with the first report. */
export async function serveLoopback(log: LogSink): Promise<string> {
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    void import("node:http").then(({ createServer: createHttpServer }) => {
      createHttpServer((request, response) => void answer(request, response, log)).emit("connection", socket);
      socket.resume();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  server.unref();
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answer(request: IncomingMessage, response: ServerResponse, log: LogSink): Promise<void> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += String(chunk);
  const level = levels[String(request.headers["mf-log-level"])];
  if (request.url === "/core/log") {
    if (level !== undefined) log({ level, source: "runtime", message: text });
  } else if (request.url === "/core/error") {
    log({ level: "error", source: "runtime", message: text });
  }
  response.writeHead(request.url === "/core/log" ? 204 : 500).end();
}
