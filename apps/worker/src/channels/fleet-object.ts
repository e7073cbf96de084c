import { DurableObject } from "cloudflare:workers";
import { EventsCommand } from "@orrery/protocol";
import type { EventDraft, EventsControl, Ticket } from "@orrery/protocol";
import { EventRing } from "./event-ring.ts";
import { encodeControl, wireId } from "./frames.ts";
import { openingOf } from "./opening.ts";
import { hears, hearsFrame } from "./reader.ts";
import type { Reader } from "./reader.ts";
import { Roster } from "./roster.ts";

/** Events that a reader who was away can still be given. */
const ringCapacity = 4_096;
/** Characters a client's frame may have; the longest command has about 50. */
const commandLimit = 1_024;
/** A socket from which nothing was heard for this long is taken for dead. Clients ping every 30 s. */
const silenceLimitMs = 5 * 60_000;
/** Characters sent to a socket since its last ping, beyond which its reader is too slow. */
const backlogLimit = 16 * 1024 * 1024;
/**
 * Characters of old events that one socket is sent in its life. A ping does not say that they were read, so
 * whoever wants more says by a new connection how far it has come.
 */
const replayLimit = 16 * 1024 * 1024;
/** Milliseconds between two commands to resume. */
const resumeIntervalMs = 1_000;
/** Frames not understood, or refused, before a socket is closed. */
const mistakeLimit = 16;
/** Agents dismissed last, of which something said before may still arrive. */
const dismissedLimit = 1_000;

/** Codes of the close frames; 4xxx are ours. */
const closed = { mistakes: 1008, tooLarge: 1009, expired: 4401, silent: 4408, slow: 4429 } as const;

/** What a socket carries through hibernation. */
interface Attachment {
  reader: Reader;
  /** When a frame of it was read last; epoch milliseconds. Pings that the runtime answers are not read. */
  heardAt: number;
}

/** What is known of a connected socket while the object is awake. */
interface Connection {
  reader: Reader;
  /** Epoch milliseconds. */
  heardAt: number;
  /** Characters sent since its last ping. */
  backlog: number;
  /** Characters of old events sent. */
  replayed: number;
  /** Epoch milliseconds of its last command to resume. */
  resumedAt: number;
  mistakes: number;
}

/**
 * The live events of one workspace, whose id is the object's name: numbered, kept for a while, and sent
 * to every reader's WebSocket. Readers' sockets hibernate and their pings are answered by the runtime,
 * so the object is awake only while events come. It stands on no turn's path: when it is slow or
 * gone, agents go on.
 */
export class FleetObject extends DurableObject<Env> {
  readonly #ring: EventRing;
  readonly #roster: Roster;
  readonly #connections = new Map<WebSocket, Connection>();
  readonly #dismissed = new Set<string>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#ring = new EventRing(ctx.storage, ringCapacity);
    this.#roster = new Roster(ctx.storage.sql);
    ctx.setWebSocketAutoResponse(
      new WebSocketRequestResponsePair('{"type":"ping"}', encodeControl({ type: "pong" })),
    );
    for (const socket of ctx.getWebSockets()) {
      const attachment = socket.deserializeAttachment() as Attachment | null;
      if (attachment) this.#connect(socket, attachment);
    }
  }

  /** Numbers the events, keeps them, and sends them to everyone who wants them. */
  publish(events: EventDraft[]): Promise<void> {
    const numbered = this.#ring.append(events.map((event) => this.#publishable(event)));
    const now = Date.now();
    for (const [socket, connection] of this.#connections) {
      if (!this.#mayHear(socket, connection, now)) continue;
      const { reader } = connection;
      for (const event of numbered) {
        if (hears(reader, event.draft)) this.#send(socket, connection, event.frame);
      }
    }
    return Promise.resolve();
  }

  /** Writes an agent down as one of the workspace. Whoever makes it waits for this, so that none is missing. */
  enroll(agentId: string): Promise<void> {
    this.#roster.add(agentId);
    return Promise.resolve();
  }

  /** Strikes an agent off, when nothing of it is left, and keeps nothing of what its events said. */
  dismiss(agentId: string): Promise<void> {
    this.#roster.remove(agentId);
    this.#dismissed.add(agentId);
    const [oldest] = this.#dismissed;
    if (this.#dismissed.size > dismissedLimit && oldest !== undefined) this.#dismissed.delete(oldest);
    this.#ring.blank(agentId);
    return Promise.resolve();
  }

  /** Ids of the workspace's agents after `after`, in order; some may be gone or never have come to be. */
  agents(after: string, limit: number): Promise<string[]> {
    return Promise.resolve(this.#roster.page(after, limit));
  }

  /** Lets go of who was let in by a token that has been revoked. */
  turnAway(tokenId: string): Promise<void> {
    for (const [socket, { reader }] of this.#connections) {
      if (reader.tokenId === tokenId) this.#close(socket, closed.expired, "the token was revoked");
    }
    return Promise.resolve();
  }

  /** Opens a reader's socket; see `openingRequest`. */
  override fetch(request: Request): Response {
    const { reader, after, ticket } = openingOf(request);
    const pair = new WebSocketPair();
    const socket = pair[1];
    this.ctx.acceptWebSocket(socket);
    const connection = this.#connect(socket, { reader, heardAt: Date.now() });
    this.#keep(socket, connection);
    this.#begin(socket, connection, after, ticket);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const connection = this.#connections.get(socket);
    if (!connection) return;
    const now = Date.now();
    connection.heardAt = now;
    this.#keep(socket, connection);
    const size = typeof message === "string" ? message.length : message.byteLength;
    if (size > commandLimit) {
      this.#close(socket, closed.tooLarge, `a frame has at most ${commandLimit} characters`);
      return;
    }
    const command = typeof message === "string" ? parseCommand(message) : undefined;
    if (command?.type === "ping") {
      connection.backlog = 0;
      this.#send(socket, connection, encodeControl({ type: "pong" }));
    } else if (!this.#mayHear(socket, connection, now)) {
      return;
    } else if (command === undefined) {
      const detail = 'expected {"type":"resume","after":"<event id>"} or {"type":"ping"}';
      this.#reject(socket, connection, { type: "error", code: "invalid_request", detail });
    } else if (now - connection.resumedAt < resumeIntervalMs) {
      const detail = "a socket may resume once a second";
      this.#reject(socket, connection, { type: "error", code: "rate_limited", detail });
    } else {
      connection.resumedAt = now;
      this.#begin(socket, connection, command.after);
    }
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#connections.delete(socket);
    // Who closes waits for the answer. A frame cannot carry what says that there was none (RFC 6455, 7.4.1).
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }

  override webSocketError(socket: WebSocket): void {
    this.#connections.delete(socket);
  }

  #connect(socket: WebSocket, { reader, heardAt }: Attachment): Connection {
    const connection: Connection = {
      reader,
      heardAt,
      backlog: 0,
      replayed: 0,
      resumedAt: -Infinity,
      mistakes: 0,
    };
    this.#connections.set(socket, connection);
    return connection;
  }

  /** Has the socket carry through hibernation what is to be known after. */
  #keep(socket: WebSocket, { reader, heardAt }: Connection): void {
    const attachment: Attachment = { reader, heardAt };
    socket.serializeAttachment(attachment);
  }

  /** What an agent said before it was dismissed arrives, if it comes after that, without what it says. */
  #publishable(event: EventDraft): EventDraft {
    return event.agentId !== undefined && this.#dismissed.has(event.agentId) ? { ...event, data: {} } : event;
  }

  /**
   * Says from where on events follow, hands over the ticket, and sends the events that are due: as many as a
   * socket is sent, after which its reader resumes on the next one.
   */
  #begin(socket: WebSocket, connection: Connection, after: string | undefined, ticket?: Ticket): void {
    const wanted = after === undefined ? this.#ring.last : Number(after);
    const held = this.#ring.reaches(wanted);
    const from = held ? wanted : this.#ring.last;
    const send = (control: EventsControl): void =>
      void this.#send(socket, connection, encodeControl(control));
    send({ type: "ready", lastEventId: wireId(from) });
    if (ticket) send({ type: "ticket", ...ticket });
    if (!held) send({ type: "gap", lastEventId: wireId(from) });
    for (const frame of this.#ring.after(from)) {
      if (!hearsFrame(connection.reader, frame)) continue;
      if (connection.backlog >= backlogLimit || connection.replayed >= replayLimit) {
        this.#close(socket, closed.slow, "so much is sent at once: resume after the last event seen");
        return;
      }
      if (!this.#send(socket, connection, frame)) return;
      connection.replayed += frame.length;
    }
  }

  #reject(socket: WebSocket, connection: Connection, error: EventsControl): void {
    connection.mistakes += 1;
    if (connection.mistakes > mistakeLimit) {
      this.#close(socket, closed.mistakes, "too many frames were not understood, or refused");
      return;
    }
    this.#send(socket, connection, encodeControl(error));
  }

  /** Whether a socket is still to be sent to; closes it where its time is over or nobody is there. */
  #mayHear(socket: WebSocket, connection: Connection, now: number): boolean {
    if (now >= connection.reader.until) {
      this.#close(socket, closed.expired, "the permission has expired: connect again");
      return false;
    }
    if (now - connection.heardAt < silenceLimitMs && connection.backlog < backlogLimit) return true;
    const heardAt = this.ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    if (heardAt > connection.heardAt) {
      connection.heardAt = heardAt;
      connection.backlog = 0;
    }
    if (now - connection.heardAt >= silenceLimitMs) {
      this.#close(socket, closed.silent, "nothing was heard for five minutes");
      return false;
    }
    if (connection.backlog >= backlogLimit) {
      this.#close(socket, closed.slow, "the reader is too slow: resume after the last event seen");
      return false;
    }
    return true;
  }

  /** Whether the socket took the frame. One that does not is closing or gone: its reader resumes on the next. */
  #send(socket: WebSocket, connection: Connection, frame: string): boolean {
    if (socket.readyState !== WebSocket.READY_STATE_OPEN) {
      this.#connections.delete(socket);
      return false;
    }
    socket.send(frame);
    connection.backlog += frame.length;
    return true;
  }

  #close(socket: WebSocket, code: number, reason: string): void {
    this.#connections.delete(socket);
    if (socket.readyState === WebSocket.READY_STATE_OPEN) socket.close(code, reason);
  }
}

function parseCommand(message: string): EventsCommand | undefined {
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return undefined;
  }
  return EventsCommand.safeParse(value).data;
}
