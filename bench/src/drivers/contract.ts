/** How the load client speaks to what is measured. No implementation lives here. */

export interface Address {
  /** Origin of the server, or the upstream's base URL for `direct`. */
  url: string;
  token?: string;
}

/** One turn as its caller saw it, in milliseconds since it was sent. */
export interface TurnTimes {
  firstTokenMs: number;
  totalMs: number;
}

/** A conversation with an agent of its own. */
export interface Conversation {
  /** Sends an input and reads the answer to its end. Throws when the answer is not whole. */
  turn(input: string): Promise<TurnTimes>;
  /** Leaves: what the client holds open is closed, the agent stays. */
  close(): void;
}

export interface Driver {
  /** Makes a new agent whose turns are answered by `model`; `expected` is how many tokens that is. */
  open(address: Address, model: string, expected: number): Promise<Conversation>;
}

export const subjects = ["direct", "orrery", "bare", "ai-chat-agent"] as const;
export type Subject = (typeof subjects)[number];
