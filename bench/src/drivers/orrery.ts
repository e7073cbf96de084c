import type { Agent, TurnChunk } from "@orrery/protocol";
import type { Driver } from "./contract.ts";
import { Stopwatch, postForEvents, postJson } from "./event-reader.ts";

/** Our API as any HTTP client uses it; the model server is named `mock` when the platform is started. */
export const orrery: Driver = {
  async open({ url, token }, model, expected) {
    const headers = { authorization: `Bearer ${token}` };
    const settings = { name: "bench", model: `mock/${model}`, maxTokens: 4_096 };
    const agent = await postJson<Agent>({ url: `${url}/api/v1/agents`, headers, body: settings });
    const executions = `${url}/api/v1/agents/${agent.id}/executions`;
    let sessionId: string | undefined;
    return {
      async turn(input) {
        const watch = new Stopwatch(expected);
        let failure: string | undefined;
        const body = { input, ...(sessionId !== undefined && { sessionId }) };
        await postForEvents({ url: executions, headers, body }, (data) => {
          if (data === "[DONE]") return;
          const chunk = JSON.parse(data) as TurnChunk;
          if (chunk.type === "text-delta") watch.piece(chunk.delta);
          else if (chunk.type === "start") sessionId = chunk.messageMetadata.sessionId;
          else if (chunk.type === "error") failure = chunk.errorText;
        });
        if (failure !== undefined) throw new Error(failure);
        return watch.done();
      },
      close() {},
    };
  },
};
