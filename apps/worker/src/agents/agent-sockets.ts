/** The SDK's client protocol: `AgentClient` and `useAgent` connect to an agent and call these methods. */
import { RpcTarget } from "cloudflare:workers";
import { WebSockets } from "agents/websockets";
import type { Execution } from "@orrery/protocol";
import type { AgentCore } from "./agent-core.ts";

/** What a connected client may call. Its worker let it in with the scopes that this takes. */
class AgentCallables extends RpcTarget {
  readonly #core: AgentCore;

  constructor(core: AgentCore) {
    super();
    this.#core = core;
  }

  /** Runs a turn and answers when it is final. */
  async execute(input: string, sessionId?: string): Promise<Execution> {
    const { execution } = await this.#core.execute({
      input: String(input),
      sessionId,
      documents: [],
      edgeLocation: "socket",
    });
    return execution;
  }

  /** Accepts a turn and answers at once; follow it over HTTP or ask for it again. */
  async start(input: string, sessionId?: string): Promise<Execution> {
    const { execution } = await this.#core.accept({
      input: String(input),
      sessionId,
      documents: [],
      edgeLocation: "socket",
    });
    return execution;
  }

  execution(executionId: string): Execution {
    return this.#core.execution(String(executionId));
  }

  cancel(executionId: string): Promise<Execution> {
    return this.#core.cancel(String(executionId));
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
