import type { Ticket } from "@orrery/protocol";
import type { Reader } from "./reader.ts";

/** How the worker asks the fleet object for a socket, after it has checked who is calling. */
export interface Opening {
  reader: Reader;
  /** Send what came after this event first. */
  after?: string;
  /** A ticket for the reader's next connection, sent to it in a frame. */
  ticket?: Ticket;
}

const header = "orrery-opening";

/** The request that carries an opening to the fleet object. */
export const openingRequest = (opening: Opening): Request =>
  new Request("https://fleet/events", {
    headers: { upgrade: "websocket", [header]: JSON.stringify(opening) },
  });

/** Reads what {@link openingRequest} wrote; only the worker can reach the object, so it is trusted. */
export const openingOf = (request: Request): Opening => {
  const value = request.headers.get(header);
  if (value === null) throw new TypeError("a request to the fleet object carries its opening");
  return JSON.parse(value) as Opening;
};
