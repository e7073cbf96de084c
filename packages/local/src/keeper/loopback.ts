/**
 * What stands where Miniflare's own server was. Its workers in workerd report there what went wrong, and wait for an
 * answer; nothing else of what runs here asks it for anything.
 *
 * It listens on a socket file that this user alone can reach, not on a port: on a port anyone on the machine could
 * write into the log, and so could a web page by way of a browser.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printable } from "../log.ts";
import type { LogEntry, LogSink } from "../log.ts";

/** Miniflare's numbers for levels, of which those above 2 are for its developers. */
const levels: Readonly<Record<string, LogEntry["level"]>> = { "1": "error", "2": "warn" };

/** Bytes of a report that are kept. */
const limit = 64 * 1024;

/** Milliseconds within which who connects must say something, and then go on. */
const patience = 10_000;

/** Bytes that the path of a socket may have: 108 on Linux, 104 elsewhere. */
const longestPath = 100;

export interface Loopback {
  /** As workerd takes it. */
  readonly address: string;
  close(): void;
}

/**
 * Listens in `directory`, which must be this user's alone, or, where its path is too long for that, in a directory of
 * its own. Node's HTTP server takes 15 MB, so it comes with the first report.
 */
export async function serveLoopback(directory: string, log: LogSink): Promise<Loopback> {
  let http: Promise<HttpServer> | undefined;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    // Whoever connects may be gone at any moment, workerd in a crash for one.
    socket.on("error", () => socket.destroy());
    http ??= httpServer(log);
    http.then(
      (reports) => {
        reports.emit("connection", socket);
        socket.resume();
      },
      () => socket.destroy(),
    );
  });
  const { path, remove } = place(directory);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  server.unref();
  return {
    address: `unix:${path}`,
    close: () => {
      server.close();
      remove();
    },
  };
}

function place(directory: string): { path: string; remove: () => void } {
  const path = join(directory, "reports");
  if (Buffer.byteLength(path) <= longestPath) return { path, remove: () => rmSync(path, { force: true }) };
  const own = mkdtempSync(join(tmpdir(), "reports-"));
  return { path: join(own, "reports"), remove: () => rmSync(own, { recursive: true, force: true }) };
}

async function httpServer(log: LogSink): Promise<HttpServer> {
  const { createServer: createHttpServer } = await import("node:http");
  const server = createHttpServer((request, response) => {
    answer(request, response, log).catch(() => {
      // It was cut off in the middle: nobody waits for an answer.
      response.destroy();
    });
  });
  server.timeout = patience;
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse, log: LogSink): Promise<void> {
  // Unlike a browser, workerd says nothing of pages.
  if (request.headers.origin !== undefined || request.headers["sec-fetch-site"] !== undefined) {
    response.writeHead(403, { connection: "close" }).end();
    return;
  }
  const { text, whole } = await read(request);
  const message = `${printable(text)}${whole ? "" : " … (cut off)"}`;
  const level = levels[String(request.headers["mf-log-level"])];
  const isLog = request.url === "/core/log";
  if (isLog && level !== undefined) log({ level, source: "runtime", message });
  else if (request.url === "/core/error") log({ level: "error", source: "runtime", message });
  if (!whole) response.shouldKeepAlive = false;
  response.writeHead(whole ? (isLog ? 204 : 500) : 413).end();
}

/** The beginning of a request's body, up to the limit. */
async function read(request: IncomingMessage): Promise<{ text: string; whole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
    if (size > limit) break;
  }
  return { text: Buffer.concat(chunks).toString(), whole: size <= limit };
}
