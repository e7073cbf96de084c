import type { Model } from "@orrery/protocol";
import type { RequestOptions, Transport } from "./transport.ts";

export interface Models {
  /** The whole catalog, with what can be used now and why the rest cannot. */
  list(options?: RequestOptions): Promise<Model[]>;
}

export function createModels(transport: Transport): Models {
  return {
    list: async (options) => {
      const answer = await transport.json<{ items: Model[] }>({
        ...options,
        path: "/api/v1/models",
      });
      return answer.items;
    },
  };
}
