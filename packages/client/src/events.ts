import type { EventType, EventsControl, LiveEvent, Ticket } from "@orrery/protocol";
import { ApiError } from "./errors.ts";
import { socketFrames, type WebSocketConstructor } from "./events-socket.ts";
import { streamFrames } from "./events-stream.ts";
import { backoff } from "./retry.ts";
import type { Transport } from "./transport.ts";

/** `closed` once a subscription has ended, for whatever reason. */
export type ConnectionStatus = "connecting" | "open" | "reconnecting" | "closed";

/** Events between the last one given and `lastEventId` are gone: read the state anew. */
export interface EventsGap {
  type: "gap";
  lastEventId: string | null;
}

export interface SubscribeOptions {
  /** The id of the last event seen: those after it come first. Without it, events from now on. */
  after?: string | undefined;
  /** Only events of these types; all without it. */
  types?: readonly EventType[] | undefined;
  /** Only events of this agent. */
  agentId?: string | undefined;
  /** Ends the subscription: its loop then ends without an error. */
  signal?: AbortSignal | undefined;
  onStatus?: ((status: ConnectionStatus) => void) | undefined;
  /** `auto` (the default) takes a WebSocket, and an event stream over HTTP where none can be opened. */
  transport?: "auto" | "websocket" | "sse" | undefined;
}

export interface Events {
  /**
   * What happens in the workspace, live, in order and without repetition, over as many connections as
   * it takes. It ends when `signal` aborts or the loop is left.
   * @throws ApiError the server refuses the subscription
   */
  subscribe(options?: SubscribeOptions): AsyncGenerator<LiveEvent | EventsGap, void, undefined>;
  /** A ticket that opens connections for a minute, for clients that cannot send headers. */
  ticket(): Promise<Ticket>;
}

/** What either kind of connection carries. */
export type EventsFrame = LiveEvent | EventsControl;

/** One connection: `open` resolves once it stands, then its frames follow until it breaks. */
export type EventsConnection = AsyncGenerator<EventsFrame, void, undefined>;

const eventsPath = "/api/v1/events";
/** Milliseconds a connection stands before its end counts as the first failure again. */
const steadyMs = 10_000;
/** Sockets in a row that may stay silent before HTTP takes their place. */
const socketTries = 2;

export function createEvents(transport: Transport, WebSocket: WebSocketConstructor | undefined): Events {
  const ticket: Events["ticket"] = () => transport.json({ method: "POST", path: "/api/v1/tickets" });

  async function* subscribe(options: SubscribeOptions = {}): ReturnType<Events["subscribe"]> {
    const { clock, retry } = transport;
    const controller = new AbortController();
    const leave = () => controller.abort();
    if (options.signal?.aborted) leave();
    options.signal?.addEventListener("abort", leave);
    const report = (status: ConnectionStatus) => options.onStatus?.(status);

    let after = options.after;
    let failures = 0;
    /** Sockets in a row that were started and gave nothing. */
    let unopened = 0;
    const query = () => ({ after, types: options.types?.join(","), agentId: options.agentId });

    async function* overSocket(Socket: WebSocketConstructor): EventsConnection {
      const { ticket: pass } = await transport.json<Ticket>({
        method: "POST",
        path: "/api/v1/tickets",
        attempts: 1,
        signal: controller.signal,
      });
      const url = transport.url(eventsPath, { ticket: pass, ...query() });
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      unopened++;
      for await (const frame of socketFrames(Socket, url.href, clock, controller.signal)) {
        unopened = 0;
        yield frame;
      }
    }

    function connect(): EventsConnection {
      const isBlocked = options.transport !== "websocket" && unopened >= socketTries;
      return options.transport === "sse" || WebSocket === undefined || isBlocked
        ? streamFrames(transport, eventsPath, query(), controller.signal)
        : overSocket(WebSocket);
    }

    try {
      report("connecting");
      while (!controller.signal.aborted) {
        let openedAt: number | undefined;
        try {
          for await (const frame of connect()) {
            if (openedAt === undefined) {
              openedAt = clock.now();
              report("open");
            }
            if ("id" in frame) {
              if (after !== undefined && Number(frame.id) <= Number(after)) continue;
              after = frame.id;
              yield frame;
            } else if (frame.type === "ready") {
              after ??= frame.lastEventId ?? "0";
            } else if (frame.type === "gap") {
              after = frame.lastEventId ?? "0";
              yield frame;
            }
          }
        } catch (error) {
          if (controller.signal.aborted) return;
          if (isRefusal(error)) throw error;
        }
        if (controller.signal.aborted) return;
        failures = openedAt !== undefined && clock.now() - openedAt > steadyMs ? 1 : failures + 1;
        report("reconnecting");
        await clock.sleep(backoff(failures, retry, clock), controller.signal);
      }
    } finally {
      options.signal?.removeEventListener("abort", leave);
      leave();
      report("closed");
    }
  }

  return { ticket, subscribe };
}

/** A refusal that trying again will not change. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ApiError && error.status < 500 && error.status !== 429;
