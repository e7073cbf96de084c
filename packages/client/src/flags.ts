import type { Flag, SetFlag } from "@orrery/protocol";
import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

/** New behaviour that is turned on bit by bit, for the workspace or for single agents. Setting them needs `admin`. */
export interface Flags {
  /** Every flag there is, with what was said of it. */
  list(options?: RequestOptions): Promise<Flag[]>;
  /** Says it for the workspace, or with `agentId` for one agent; `enabled: null` takes back what was said. */
  set(name: string, setting: SetFlag, options?: WriteOptions): Promise<Flag>;
}

export function createFlags(transport: Transport): Flags {
  const root = "/api/v1/flags";
  return {
    list: async (options) => {
      const answer = await transport.json<{ items: Flag[] }>({ ...options, path: root });
      return answer.items;
    },
    set: (name, setting, options) =>
      transport.json({
        ...options,
        method: "PUT",
        path: `${root}/${encodeURIComponent(name)}`,
        body: setting,
      }),
  };
}
