/** The channels to which an existing agent was moved, so that what it hears and says passes through the bridge. */
import type { BridgePort } from "../../../channels/index.ts";

type Channels = Pick<BridgePort, "channels">;

export const privateTasks = ({ channels }: Channels, fuseAgentId: string): string =>
  `${channels.tasks.name}:legacy:${fuseAgentId}`;

export const privateResults = ({ channels }: Channels, fuseAgentId: string): string =>
  `${channels.results.name}:legacy:${fuseAgentId}`;

/** Whose private channel of results this is; null where it is none. */
export function agentOfPrivateResults({ channels }: Channels, channel: string | undefined): string | null {
  const prefix = `${channels.results.name}:legacy:`;
  return channel?.startsWith(prefix) ? channel.slice(prefix.length) : null;
}
