/** Live events on the real runtime: the test worker bundled, started by Miniflare and spoken to over loopback. */
import { build } from "esbuild";
import type { EventDraft } from "@orrery/protocol";
import { Miniflare } from "miniflare";
import { fileURLToPath } from "node:url";

const name = "live-events";

export interface Platform {
  publish(workspace: string, events: EventDraft[]): Promise<void>;
  /** Publishes from an object named `speaker`, which answers before the fleet has heard. */
  say(speaker: string, workspace: string, events: EventDraft[]): Promise<void>;
  /** Strikes an agent off. */
  dismiss(workspace: string, agentId: string): Promise<void>;
  /** Takes the fleet object out of memory, as the runtime does after ten idle seconds. */
  hibernate(workspace: string): Promise<void>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  follow(query: string): Promise<Follower>;
  stop(): Promise<void>;
}

export async function startPlatform(): Promise<Platform> {
  const bundle = await build({
    entryPoints: [fileURLToPath(import.meta.resolve("./worker.ts"))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["orrery-source", "workerd", "worker"],
    external: ["cloudflare:*", "node:*"],
  });
  const script = bundle.outputFiles[0]?.text;
  if (script === undefined) throw new Error("esbuild made no bundle");
  const miniflare = new Miniflare({
    logRequests: false,
    workers: [
      {
        config: {
          name,
          compatibilityDate: "2026-11-01",
          compatibilityFlags: ["nodejs_compat"],
          manifest: {
            mainModule: "worker.js",
            modulesRoot: "/",
            modules: { "worker.js": { type: "esm", contents: script } },
          },
          env: {
            FLEETS: { type: "durable-object", worker: name, exportName: "FleetObject" },
            SPEAKERS: { type: "durable-object", worker: name, exportName: "Speaker" },
          },
          exports: {
            FleetObject: { type: "durable-object", storage: "sqlite" },
            Speaker: { type: "durable-object", storage: "sqlite" },
          },
        },
      },
    ],
  });
  const base = await miniflare.ready;
  const post = async (path: string, events: EventDraft[] = []): Promise<void> => {
    const answer = await fetch(new URL(path, base), { method: "POST", body: JSON.stringify(events) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  return {
    publish: (workspace, events) => post(`/publish?workspace=${workspace}`, events),
    say: (speaker, workspace, events) => post(`/say/${speaker}?workspace=${workspace}`, events),
    dismiss: (workspace, agentId) => post(`/dismiss/${agentId}?workspace=${workspace}`),
    hibernate: (workspace) =>
      miniflare.unsafeEvictDurableObject(name, "FleetObject", {
        name: workspace,
        webSockets: "hibernate",
      }),
    fetch: (path, init) => fetch(new URL(path, base), init),
    follow: (query) => Follower.open(new URL(`/events?${query}`, base)),
    stop: () => miniflare.dispose(),
  };
}

export interface Frame {
  type: string;
  id?: string;
  lastEventId?: string | null;
  data?: Record<string, unknown>;
}

/** A WebSocket reader that remembers every frame. */
export class Follower {
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  #wake: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
    this.closed = promise;
    socket.addEventListener("message", ({ data }) => {
      this.frames.push(JSON.parse(String(data)) as Frame);
      this.#wake();
    });
    socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
  }

  static open(url: URL): Promise<Follower> {
    url.protocol = "ws:";
    const socket = new WebSocket(url.href);
    const follower = new Follower(socket);
    const { promise, resolve, reject } = Promise.withResolvers<Follower>();
    socket.addEventListener("open", () => resolve(follower));
    socket.addEventListener("error", () => reject(new Error(`no WebSocket at ${url.href}`)));
    return promise;
  }

  /** Resolves once `done` holds for what was received. */
  async until(done: (frames: Frame[]) => boolean): Promise<Frame[]> {
    while (!done(this.frames)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    return this.frames;
  }

  /** The events among the frames, once there are `count` of them. */
  async events(count: number): Promise<Frame[]> {
    await this.until((frames) => frames.filter(isEvent).length >= count);
    return this.frames.filter(isEvent);
  }

  send(frame: unknown): void {
    this.#socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  close(): Promise<unknown> {
    this.#socket.close();
    return this.closed;
  }
}

const isEvent = (frame: Frame): boolean => frame.id !== undefined;
