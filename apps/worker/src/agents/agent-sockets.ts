/** The SDK's client protocol: `AgentClient` and `useAgent` connect to an agent and call these methods. */
import { RpcTarget } from "cloudflare:workers";
import { getCurrentAgent } from "agents/lifecycle";
import { WebSockets } from "agents/websockets";
import { z } from "zod";
import { Id } from "@orrery/protocol";
import type { Execution } from "@orrery/protocol";
import { assertPermitted, endsPermit, permitEnded } from "../security/index.ts";
import type { Permit } from "../security/index.ts";
import type { AgentCore } from "./agent-core.ts";
import type { TurnOrder } from "./turn-order.ts";

const Input = z.string().min(1).max(400_000);

/** Who opened a socket, and where its upgrade arrived. Lies with the connection, through hibernation too. */
export interface Opener {
  permit: Permit;
  edgeLocation: string;
}

const openerHeader = "x-orrery-opener";

/** The upgrade that tells the agent's object who opens the socket; what a client says there itself is overwritten. */
export function openedBy(request: Request, opener: Opener): Request {
  const told = new Request(request);
  told.headers.set(openerHeader, JSON.stringify(opener));
  return told;
}

/** Reads what {@link openedBy} wrote: only the worker reaches the object. */
const openerOf = (request: Request): Opener =>
  JSON.parse(request.headers.get(openerHeader) ?? "null") as Opener;

/** @throws Error that says what is wrong with an argument. */
function argument<Value>(name: string, schema: z.ZodType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`${name}: ${parsed.error.issues.map(({ message }) => message).join("; ")}`);
}

/** What a connected client may call. Its worker let it in with the scopes that this takes. */
class AgentCallables extends RpcTarget {
  readonly #core: AgentCore;
  readonly #admit: (permit: Permit) => Promise<void>;

  constructor(core: AgentCore, admit: (permit: Permit) => Promise<void>) {
    super();
    this.#core = core;
    this.#admit = admit;
  }

  /** Runs a turn and answers when it is final. */
  async execute(input: unknown, sessionId?: unknown): Promise<Execution> {
    const { execution } = await this.#core.execute(await this.#order(input, sessionId));
    return execution;
  }

  /** Accepts a turn and answers at once; follow it over HTTP or ask for it again. */
  async start(input: unknown, sessionId?: unknown): Promise<Execution> {
    const { execution } = await this.#core.accept(await this.#order(input, sessionId));
    return execution;
  }

  async execution(executionId: unknown): Promise<Execution> {
    await this.#opener();
    return this.#core.execution(argument("executionId", Id, executionId));
  }

  async cancel(executionId: unknown): Promise<Execution> {
    await this.#opener();
    return await this.#core.cancel(argument("executionId", Id, executionId));
  }

  async #order(input: unknown, sessionId: unknown): Promise<TurnOrder> {
    const { edgeLocation } = await this.#opener();
    return {
      input: argument("input", Input, input),
      sessionId: argument("sessionId", Id.optional(), sessionId),
      documents: [],
      edgeLocation,
    };
  }

  /** Who opened the calling socket, where that may still call; a socket whose permit has ended is closed. */
  async #opener(): Promise<Opener> {
    const { connection } = getCurrentAgent();
    if (!connection) throw new Error("called from no connection");
    const opener = connection.state as Opener; // set as it connected
    try {
      await this.#admit(opener.permit);
    } catch (error) {
      // Behind the call's own answer, which says why.
      if (endsPermit(error)) setTimeout(() => connection.close(permitEnded, (error as Error).message), 0);
      throw error;
    }
    return opener;
  }
}

/** `env` and `ctx` are the object's, by which it knows what was revoked. */
export function agentSockets(
  core: AgentCore,
  env: Env,
  ctx: Pick<DurableObjectState, "waitUntil">,
): WebSockets {
  return new WebSockets({
    callables: new AgentCallables(core, (permit) => assertPermitted(env, permit, ctx)),
    handlers: {
      onConnect: (connection, { request }) => void connection.setState(openerOf(request)),
    },
    state: {
      get: () => core.agent(),
      set: () => {
        throw new Error("an agent's settings are changed over HTTP");
      },
    },
    readonly: () => true,
  });
}
