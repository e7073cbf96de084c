import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { fetchAttachment, type AttachmentLimits } from "./fetch-attachment.ts";

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

const get = async (address: string, limits: AttachmentLimits = {}) =>
  await fetchAttachment(address, fetch, { allowLoopback: true, ...limits });

const refuse = async (address: string): Promise<never> => {
  throw new Error(`fetched ${address}`);
};

describe("addresses that are never fetched", () => {
  it.each([
    "http://localhost/x",
    "http://api.localhost/x",
    "http://127.0.0.1/x",
    "http://127.1/x",
    "http://2130706433/x",
    "http://0x7f000001/x",
    "http://0177.0.0.1/x",
    "http://0.0.0.0/x",
    "http://10.1.2.3/x",
    "http://172.20.0.1/x",
    "http://192.168.1.1/x",
    "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1/x",
    "http://metadata.google.internal/x",
    "http://printer.local/x",
    "http://intranet/x",
    "http://[::1]/x",
    "http://[::]/x",
    "http://[::ffff:127.0.0.1]/x",
    "http://[::ffff:a9fe:a9fe]/x",
    "http://[fe80::1]/x",
    "http://[fd00::1]/x",
    "http://[64:ff9b::7f00:1]/x",
    "http://[2002:7f00:1::]/x",
    "http://127.0.0.1.nip.io/x",
    "http://localhost./x",
    "ftp://example.com/x",
    "file:///etc/passwd",
    "https://user:secret@example.com/x",
    "not an address",
  ])("%s", async (address) => {
    await expect(fetchAttachment(address, refuse)).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("are not reached by a redirect either", async () => {
    const address = await serve((_request, response) => {
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data" }).end();
    });
    await expect(get(address)).rejects.toThrow(/169\.254\.169\.254.*not on the public internet/);
  });
});

describe("addresses of the public internet", () => {
  it.each(["https://example.com/a.pdf", "http://93.184.215.14/a", "http://[2606:4700::1]/a"])(
    "%s is fetched",
    async (address) => {
      const fetched = await fetchAttachment(address, async () => new Response("text"));
      expect(new TextDecoder().decode(fetched.bytes)).toBe("text");
    },
  );
});

describe("what is fetched", () => {
  it("has the type of the answer where the declared one says nothing", async () => {
    const address = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/csv; charset=utf-8" }).end("a,b");
    });
    expect((await get(address, { mediaType: "application/octet-stream" })).mediaType).toBe("text/csv");
    expect((await get(address, { mediaType: "text/plain" })).mediaType).toBe("text/plain");
  });

  it("comes through up to three redirects", async () => {
    const address = await serve((request, response) => {
      const hop = Number(request.url?.slice(1) || 0);
      if (hop < 3) response.writeHead(307, { location: `/${hop + 1}` }).end();
      else response.end("there");
    });
    expect((await get(`${address}/0`)).bytes).toHaveLength(5);
    await expect(get(`${address}/-1`)).rejects.toThrow(/redirects more than 3 times/);
  });

  it("is given up as soon as it is too large, announced or not", async () => {
    let sent = 0;
    const address = await serve((request, response) => {
      if (request.url === "/announced") response.writeHead(200, { "content-length": "5000" });
      const write = (): void => {
        sent += 1_000;
        response.write("x".repeat(1_000), () => setImmediate(write));
      };
      write();
    });
    await expect(get(`${address}/announced`, { bytes: 4_999 })).rejects.toMatchObject({
      code: "payload_too_large",
    });
    await expect(get(address, { bytes: 100_000 })).rejects.toMatchObject({ code: "payload_too_large" });
    expect(sent).toBeLessThan(50_000_000);
  });

  it("is refused in words when the server fails or does not answer in time", async () => {
    const address = await serve((request, response) => {
      if (request.url === "/missing") response.writeHead(404).end();
    });
    await expect(get(`${address}/missing`)).rejects.toThrow(/answered 404/);
    await expect(get(address, { timeoutMs: 50 })).rejects.toThrow(
      /did not send the attachment within 0.05 seconds/,
    );
  });

  it("stops with the caller's own reason when the caller stops", async () => {
    const address = await serve(() => undefined);
    const controller = new AbortController();
    const fetched = get(address, { signal: controller.signal });
    controller.abort(new Error("cancelled by the user"));
    await expect(fetched).rejects.toThrow("cancelled by the user");
  });
});
