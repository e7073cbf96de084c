import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Tool, ToolContext } from "./contract.ts";
import { httpTools } from "./index.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => {
    listening.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

const ledger = {
  name: "write_ledger",
  description: "Writes an entry.",
  inputSchema: { type: "object", properties: { entry: { type: "integer" } }, required: ["entry"] },
  effect: "once",
};

function tool(settings: Record<string, unknown>): Tool {
  const [made] = httpTools(JSON.stringify([{ ...ledger, ...settings }]));
  if (made === undefined) throw new Error("no tool was made");
  return made;
}

const context = (signal = new AbortController().signal): ToolContext => ({
  idempotencyKey: "key-1",
  signal,
  now: () => new Date(0),
  documents: async () => [],
});

describe("the HTTP_TOOLS variable", () => {
  it("may be absent", () => {
    expect(httpTools(undefined)).toEqual([]);
    expect(httpTools(" ")).toEqual([]);
  });

  it.each([
    ["{", /^HTTP_TOOLS is not JSON\.$/],
    ["{}", /expected array/],
    [JSON.stringify([{ ...ledger, url: "ftp://x" }]), /0\.url: expected an http or https address/],
    [JSON.stringify([{ ...ledger, url: "http://x", effect: "sometimes" }]), /0\.effect/],
    [JSON.stringify([{ ...ledger, url: "http://x", name: "Bad Name" }]), /0\.name: expected a name/],
    [
      JSON.stringify([{ ...ledger, url: "http://x", name: "calculate" }]),
      /0\.name: "calculate" is a built-in tool/,
    ],
    [JSON.stringify([{ ...ledger, url: "http://x", inputSchema: {} }]), /"type": "object"/],
    [
      JSON.stringify([
        { ...ledger, url: "http://x" },
        { ...ledger, url: "http://x" },
      ]),
      /1\.name: "write_ledger" is there twice/,
    ],
  ])("is refused by field (%#)", (config, message) => {
    expect(() => httpTools(config)).toThrow(message);
  });

  it("is refused without showing the secrets in it", () => {
    const config = JSON.stringify([{ ...ledger, url: "x", headers: { authorization: "Bearer s3cret" } }]);
    expect(() => httpTools(config)).toThrow(/^(?!.*s3cret)/);
  });
});

describe("a call", () => {
  it("posts the input with its idempotency key and the operator's headers", async () => {
    let seen: unknown;
    const url = await serve((request, response) => {
      void bodyOf(request).then((body) => {
        seen = {
          method: request.method,
          key: request.headers["idempotency-key"],
          auth: request.headers["authorization"],
          body: JSON.parse(body) as unknown,
        };
        response.writeHead(200, { "content-type": "application/json" }).end('{"line":7}');
      });
    });
    const output = await tool({ url, headers: { authorization: "Bearer t" } }).run({ entry: 1 }, context());
    expect(output).toEqual({ line: 7 });
    expect(seen).toEqual({
      method: "POST",
      key: "key-1",
      auth: "Bearer t",
      body: { input: { entry: 1 }, idempotencyKey: "key-1" },
    });
  });

  it("is signed where the setting says so, the question what became of it as well", async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      seen.push([request.method, request.headers["signature"]]);
      response.writeHead(request.method === "GET" ? 404 : 500).end();
    });
    const signed = tool({ url, sign: true, reconcileUrl: url, headers: { "x-own": "1" } });
    await expect(signed.run({ entry: 1 }, context())).rejects.toThrow("have to be signed");
    expect(seen).toEqual([]);
    const asked: { method: string; url: string; own: string | null; body: unknown }[] = [];
    const signing = signed.signedBy?.((request) => {
      const headers = new Headers(request.headers);
      asked.push({ method: request.method, url: request.url, own: headers.get("x-own"), body: request.body });
      headers.set("signature", `of ${request.method}`);
      return Promise.resolve(headers);
    });
    await expect(signing?.run({ entry: 1 }, context())).rejects.toThrow("says that it did not run");
    expect(seen).toEqual([
      ["POST", "of POST"],
      ["GET", "of GET"],
    ]);
    const body = JSON.stringify({ input: { entry: 1 }, idempotencyKey: "key-1" });
    expect(asked).toEqual([
      { method: "POST", url, own: "1", body },
      { method: "GET", url: `${url}/?idempotencyKey=key-1`, own: "1", body: undefined },
    ]);
  });

  it("needs nothing that signs where nothing is to be signed", () => {
    expect(tool({ url: "http://127.0.0.1:1" })).not.toHaveProperty("signedBy");
  });

  it("is checked against the schema before it is made", () => {
    const parse = (input: unknown) => tool({ url: "http://127.0.0.1:1" }).parse(input);
    expect(parse({ entry: 1 }).success).toBe(true);
    expect(parse({ entry: "x" }).error?.issues[0]).toMatchObject({ path: ["entry"] });
    expect(parse({}).error?.message).toMatch(/entry/);
    expect(parse(null).success).toBe(false);
  });

  it("gives text where the answer is no JSON", async () => {
    const url = await serve((_request, response) => response.end("done"));
    expect(await tool({ url }).run({ entry: 1 }, context())).toBe("done");
  });

  it("fails in the endpoint's words when it refuses", async () => {
    const url = await serve((_request, response) => response.writeHead(422).end("the ledger is closed"));
    await expect(tool({ url }).run({ entry: 1 }, context())).rejects.toThrow(
      "write_ledger refused with status 422: the ledger is closed",
    );
  });

  it("does not read an answer of more than 256 KB, and says that it ran", async () => {
    const url = await serve((_request, response) => response.end("x".repeat(256 * 1024 + 1)));
    await expect(tool({ url }).run({ entry: 1 }, context())).rejects.toThrow(
      /write_ledger ran, and answered with more/,
    );
  });

  it("does not follow redirects, which could carry the headers' secrets elsewhere", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/") response.writeHead(307, { location: "/other" }).end();
      else response.end("elsewhere");
    });
    await expect(tool({ url }).run({ entry: 1 }, context())).rejects.toThrow(/refused with status 307/);
  });

  it("ends with the turn's own reason when the turn is cancelled", async () => {
    const url = await serve(() => undefined);
    const controller = new AbortController();
    const running = tool({ url }).run({ entry: 1 }, context(controller.signal));
    controller.abort(new Error("cancelled by the user"));
    await expect(running).rejects.toThrow("cancelled by the user");
  });
});

describe("a call whose answer was lost", () => {
  const silent =
    (outcome: { status: number; body: string }): RequestListener =>
    (request, response) => {
      if (request.method === "POST") request.socket.destroy();
      else response.writeHead(outcome.status, { "content-type": "application/json" }).end(outcome.body);
    };

  it.each([
    [200, '{"outcome":"done","output":{"line":7}}', { outcome: "done", output: { line: 7 } }],
    [200, '{"outcome":"absent"}', { outcome: "absent" }],
    [404, "", { outcome: "absent" }],
    [200, "{}", { outcome: "unknown" }],
    [200, "not json", { outcome: "unknown" }],
    [500, '{"outcome":"absent"}', { outcome: "unknown" }],
  ])("is reconciled: %s %s", async (status, body, outcome) => {
    const url = await serve(silent({ status, body }));
    const made = tool({ url, reconcileUrl: `${url}/outcome?book=a` });
    expect(await made.reconcile?.("key-1", new AbortController().signal)).toEqual(outcome);
  });

  it("asks by the key, beside what the address already asks", async () => {
    let asked = "";
    const url = await serve((request, response) => {
      asked = request.url ?? "";
      response.writeHead(404).end();
    });
    await tool({ url, reconcileUrl: `${url}/outcome?book=a` }).reconcile?.(
      "key 1",
      new AbortController().signal,
    );
    expect(asked).toBe("/outcome?book=a&idempotencyKey=key+1");
  });

  it("gives its output when it turns out to be done", async () => {
    const url = await serve(silent({ status: 200, body: '{"outcome":"done","output":7}' }));
    expect(await tool({ url, reconcileUrl: url }).run({ entry: 1 }, context())).toBe(7);
  });

  it("says that it did not run, or that nobody knows", async () => {
    const url = await serve(silent({ status: 404, body: "" }));
    await expect(tool({ url, reconcileUrl: url }).run({ entry: 1 }, context())).rejects.toThrow(
      "says that it did not run",
    );
    await expect(tool({ url }).run({ entry: 1 }, context())).rejects.toThrow("whether it ran is not known");
  });

  it("is lost after its time, and after a failure of the endpoint itself", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/broken") response.writeHead(503).end();
    });
    await expect(tool({ url, timeoutMs: 50 }).run({ entry: 1 }, context())).rejects.toThrow(
      "did not answer within 50 ms",
    );
    await expect(tool({ url: `${url}/broken` }).run({ entry: 1 }, context())).rejects.toThrow(
      "failed with status 503",
    );
  });
});
