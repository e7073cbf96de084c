/** An outside world with consequences: counts every time that something was done to it. */
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";

export interface Ledger {
  url: string;
  /** How often each idempotency key was carried out. */
  counts: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/**
 * `POST /write` carries out a request after `delay()` milliseconds, whether or not its key was seen before;
 * `GET /outcome?idempotencyKey=` says what became of a key.
 */
export async function startLedger(delay: () => number): Promise<Ledger> {
  const counts = new Map<string, number>();
  const serve = async (
    request: IncomingMessage,
    answer: (status: number, body: unknown) => void,
  ): Promise<void> => {
    const address = new URL(request.url ?? "/", "http://ledger");
    if (request.method === "GET" && address.pathname === "/outcome") {
      const key = address.searchParams.get("idempotencyKey") ?? "";
      answer(200, counts.has(key) ? { outcome: "done", output: { entry: key } } : { outcome: "absent" });
      return;
    }
    const { idempotencyKey } = JSON.parse(await textOf(request)) as { idempotencyKey: string };
    // Carried out on arrival: what varies is when, if ever, the caller hears of it.
    counts.set(idempotencyKey, (counts.get(idempotencyKey) ?? 0) + 1);
    setTimeout(() => answer(200, { entry: idempotencyKey }), delay());
  };
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    serve(request, answer).catch((error: unknown) => answer(400, { error: String(error) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the ledger has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    counts,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
