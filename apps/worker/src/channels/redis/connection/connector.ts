import { createConnection } from "node:net";
import { connect as connectSecurely } from "node:tls";
import type { AbstractConnector, RedisOptions } from "ioredis";
import { NetworkSocket } from "./network-socket.ts";
import type { WaysOut } from "./ways-out.ts";

export type ConnectorBase = new (disconnectTimeout: number) => AbstractConnector;

/** As much as a connector is given of a client's options. */
type Target = Pick<RedisOptions, "host" | "port" | "tls" | "disconnectTimeout">;

/**
 * How `ioredis` opens its sockets: to hosts that may be reached, those that a cluster or a sentinel names among them.
 * @param base the library's own, which closes them
 */
export const connectorFor = (base: ConnectorBase, ways: WaysOut) =>
  class extends base {
    readonly #target: Target;

    constructor(options: unknown) {
      const target = options as Target; // The library makes it, of the client's own options.
      super(target.disconnectTimeout ?? 2_000);
      this.#target = target;
    }

    /** @throws OrreryError `forbidden` */
    override async connect(): Promise<NonNullable<AbstractConnector["stream"]>> {
      this.connecting = true;
      // Whoever asked for the connection may take that back before it is begun.
      await Promise.resolve();
      if (!this.connecting) throw new Error("Connection is closed.");
      const stream = this.#open();
      stream.once("error", (error: Error) => {
        this.firstError = error;
      });
      this.stream = stream;
      return stream;
    }

    #open(): NonNullable<AbstractConnector["stream"]> {
      const { host: name = "", port = 6379, tls } = this.#target;
      const { host, network } = ways.to(name);
      const secure = tls !== undefined;
      // In all that the library asks of it, it is what Node's own is.
      if (network !== null) return new NetworkSocket(network, { host, port }, secure) as never;
      return secure ? connectSecurely({ ...tls, host, port }) : createConnection({ host, port });
    }
  };
