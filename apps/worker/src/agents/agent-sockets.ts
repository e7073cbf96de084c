/** The SDK's client protocol: `AgentClient` and `useAgent` connect to an agent and call these methods. */
import { RpcTarget } from "cloudflare:workers";
import { WebSockets } from "agents/websockets";
import { z } from "zod";
import { Id } from "@orrery/protocol";
import type { Execution } from "@orrery/protocol";
import type { AgentCore } from "./agent-core.ts";

const Input = z.string().min(1).max(400_000);

/** @throws Error that says what is wrong with an argument. */
function argument<Value>(name: string, schema: z.ZodType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`${name}: ${parsed.error.issues.map(({ message }) => message).join("; ")}`);
}

/** What a connected client may call. Its worker let it in with the scopes that this takes. */
class AgentCallables extends RpcTarget {
  readonly #core: AgentCore;

  constructor(core: AgentCore) {
    super();
    this.#core = core;
  }

  /** Runs a turn and answers when it is final. */
  async execute(input: unknown, sessionId?: unknown): Promise<Execution> {
    const { execution } = await this.#core.execute({
      input: argument("input", Input, input),
      sessionId: argument("sessionId", Id.optional(), sessionId),
      documents: [],
      edgeLocation: "socket",
    });
    return execution;
  }

  /** Accepts a turn and answers at once; follow it over HTTP or ask for it again. */
  async start(input: unknown, sessionId?: unknown): Promise<Execution> {
    const { execution } = await this.#core.accept({
      input: argument("input", Input, input),
      sessionId: argument("sessionId", Id.optional(), sessionId),
      documents: [],
      edgeLocation: "socket",
    });
    return execution;
  }

  execution(executionId: unknown): Execution {
    return this.#core.execution(argument("executionId", Id, executionId));
  }

  cancel(executionId: unknown): Promise<Execution> {
    return this.#core.cancel(argument("executionId", Id, executionId));
  }
}

export function agentSockets(core: AgentCore): WebSockets {
  return new WebSockets({
    callables: new AgentCallables(core),
    state: {
      get: () => core.agent(),
      set: () => {
        throw new Error("an agent's settings are changed over HTTP");
      },
    },
    readonly: () => true,
  });
}
