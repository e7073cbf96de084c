/** Requests whose target is none of the platform's addresses, as they go over the wire. */
import { request } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startPlatform } from "../platform/platform.ts";
import type { Platform } from "../platform/platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

interface Answer {
  status: number | undefined;
  allow: string | undefined;
  body: string;
}

/** What comes of a request for `*`, which no client that takes addresses would send. */
const ask = (method: string, headers: Record<string, string> = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(platform.url);
    const sent = request({ hostname, port, method, path: "*", headers }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode, allow: response.headers.allow, body }));
    });
    sent.on("error", reject);
    sent.end();
  });

it.each([{}, { origin: "https://elsewhere.example" }, { host: "localhost" }])(
  "OPTIONS * with %o tells what the server can do as a whole",
  async (headers) => {
    expect(await ask("OPTIONS", headers)).toEqual({
      status: 204,
      allow: "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
      body: "",
    });
  },
);

it("nothing else can be asked of *, and that is said", async () => {
  for (const headers of [{}, { host: "localhost" }]) {
    const { status, body } = await ask("GET", headers);
    expect([status, JSON.parse(body)]).toMatchObject([400, { code: "invalid_request", status: 400 }]);
  }
  expect(platform.output()).not.toContain("http.failed");
});
