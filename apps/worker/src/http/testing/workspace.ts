/** A workspace of its own behind the whole application, inside workerd, on real bindings. */
import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { createApp } from "../app.ts";
import { tokenWith } from "./client.ts";

const app = createApp();

export interface Call {
  /** Sent as JSON; a text, bytes or a stream as they are. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Who calls. */
  subject?: string;
}

const sent = (body: unknown): BodyInit | null => {
  if (body === undefined) return null;
  const asIs = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
  return asIs ? (body as BodyInit) : JSON.stringify(body);
};

/** A new workspace, called by one isolate with `variables` in place of the environment's. */
export function newWorkspace(variables: Partial<Env> = {}) {
  const workspaceId = newId();
  const isolate: Env = { ...env, ...variables };

  /** `path` is below `/api/v1`, or from the root where it begins with `//`. */
  async function call(method: string, path: string, { body, headers, subject = "tester" }: Call = {}) {
    const all = new Headers(headers);
    if (!all.has("authorization")) {
      all.set("authorization", `Bearer ${await tokenWith({ workspace: workspaceId, sub: subject })}`);
    }
    if (body !== undefined && !all.has("content-type")) all.set("content-type", "application/json");
    const url = `https://orrery.example${path.startsWith("//") ? path.slice(1) : `/api/v1${path}`}`;
    const context = createExecutionContext();
    const request = new Request(url, { method, headers: all, body: sent(body) });
    const response = await app.fetch(request, isolate, context);
    // What goes on beside a stream ends when the stream has been read.
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
    if (!isStream) await waitOnExecutionContext(context);
    return response;
  }

  return { workspaceId, env: isolate, call };
}

export type Workspace = ReturnType<typeof newWorkspace>;
