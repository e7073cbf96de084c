/** A client of an application under test, inside workerd, on real bindings. */
import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { createRoute, z } from "@hono/zod-openapi";
import { ErrorCode, OrreryError, type Scope, newId } from "@orrery/protocol";
import { SignJWT, base64url } from "jose";
import { type Api, openByAddress, requireScope } from "../../security/index.ts";
import { expect } from "vitest";
import { assemble } from "../assemble.ts";

/** The application with its variables changed; each stands for an isolate of its own. */
export interface TestClient {
  env: Env;
  fetch: (path: string, init?: RequestInit & { token?: string | null }) => Promise<Response>;
  /** Asks and waits for nothing. Gives what the application asks the runtime to go on with, as it does. */
  leave: (path: string, init: RequestInit) => Promise<readonly Promise<unknown>[]>;
}

/** JSON of an answer, as far as these tests look into it. */
export const bodyOf = async (response: Response): Promise<Record<string, unknown>> => await response.json();

export const signingKey = base64url.decode(env.SIGNING_KEY ?? "");

/** A token as the launcher makes it, with claims changed; `undefined` removes one. */
export async function tokenWith(
  claims: Record<string, unknown> = {},
  sign: { key?: Uint8Array; algorithm?: string } = {},
): Promise<string> {
  const all: Record<string, unknown> = {
    iss: "orrery",
    aud: "orrery",
    sub: "tester",
    jti: newId(),
    exp: Math.floor(Date.now() / 1_000) + 3_600,
    workspace: "default",
    scopes: ["admin"],
    ...claims,
  };
  const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(payload)
    .setProtectedHeader({ alg: sign.algorithm ?? "HS256" })
    .sign(sign.key ?? signingKey);
}

export const tokenFor = (...scopes: Scope[]): Promise<string> => tokenWith({ scopes });

const Note = z.strictObject({ text: z.string().min(1).max(20), size: z.number().int().optional() });
const note = { required: true, content: { "application/json": { schema: Note } } };
const answer = {
  description: "Done.",
  content: { "application/json": { schema: z.object({ id: z.string() }) } },
};

/** What the notes did, seen from outside their answers. */
export const made: string[] = [];

/** Characters of what the note "long" is answered with. */
const longAnswer = 6_000_000;

/** What the note "slow" waits for. */
export const unhurried = Promise.withResolvers<void>();

/** Routes as a domain would add them, with one of each way to end, and one that an address alone opens. */
export function noteRoutes(api: Api): void {
  const write = requireScope("agents:write");
  api.openapi(
    createRoute({
      method: "post",
      path: "/notes",
      middleware: write,
      request: { body: note },
      responses: {
        201: answer,
      },
    }),
    async (c) => {
      const { text } = c.req.valid("json");
      made.push(text);
      if (text === "conflict") throw new OrreryError("conflict", "There is such a note");
      if (text === "slow") await unhurried.promise;
      if (text === "long") return c.json({ id: "x".repeat(longAnswer) }, 201);
      if (text === "defect") throw new TypeError("the secret is swordfish");
      return c.json({ id: newId() }, 201, { location: "/api/v1/notes/1" });
    },
  );
  api.openapi(
    createRoute({
      method: "delete",
      path: "/notes/{id}",
      middleware: write,
      request: { params: z.object({ id: z.uuid() }) },
      responses: { 204: { description: "Gone." } },
    }),
    (c) => c.body(null, 204),
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/notes",
      middleware: requireScope("agents:read"),
      request: { query: z.object({ limit: z.coerce.number().int().max(100).default(25) }) },
      responses: { 200: answer },
    }),
    (c) => c.json({ id: String(c.req.valid("query").limit) }, 200),
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/listener",
      middleware: openByAddress,
      responses: { 200: answer },
    }),
    (c) => c.json({ id: "", ...c.var.identity }, 200),
  );
  api.openapi(
    createRoute({
      method: "get",
      path: "/failures/{code}",
      middleware: requireScope("agents:read"),
      request: { params: z.object({ code: ErrorCode }) },
      responses: { 200: answer },
    }),
    (c) => {
      throw new OrreryError(c.req.valid("param").code, "It failed as asked", { retryAfter: 2.5 });
    },
  );
}

/** A client of the application with `variables` in place of the environment's. */
export function testClient(variables: Partial<Env> = {}): TestClient {
  const app = assemble({ api: [noteRoutes], turnAway: () => Promise.resolve() });
  const own = { ...env, ...variables };
  return {
    env: own,
    async leave(path, init) {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${await tokenWith()}`);
      const going: Promise<unknown>[] = [];
      const context = createExecutionContext();
      context.waitUntil = (work) => void going.push(work);
      const request = new Request(new URL(path, "https://orrery.example"), { ...init, headers });
      void Promise.resolve(app.fetch(request, own, context));
      return going;
    },
    async fetch(path, { token, ...init } = {}) {
      const headers = new Headers(init.headers);
      const bearer = token === undefined ? await tokenWith() : token;
      if (bearer !== null) headers.set("authorization", `Bearer ${bearer}`);
      const context = createExecutionContext();
      const request = new Request(new URL(path, "https://orrery.example"), { ...init, headers });
      const response = await app.fetch(request, own, context);
      await waitOnExecutionContext(context);
      return response;
    },
  };
}

export const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...headers },
});

/** Holds an answer to what every refused token gets. */
export async function expectUnauthenticated(response: Response): Promise<void> {
  expect(response.status).toBe(401);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("www-authenticate")).toMatch(/^Bearer realm="orrery"/);
  expect(await bodyOf(response)).toMatchObject({ code: "unauthenticated", status: 401 });
}
