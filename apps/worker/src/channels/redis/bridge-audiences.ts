import { OrreryError } from "@orrery/protocol";
import type { Bridge, ChannelMode } from "@orrery/protocol";
import { bridgeStub } from "./bridge-access.ts";
import { BridgeIndex } from "./bridge-index.ts";
import { audienceOf } from "./bridge-names.ts";
import { isElsewhere, serversOf } from "./bridge-settings.ts";

type Signing = Pick<Bridge, "id" | "namespace" | "redis" | "channels">;

/** For whom messages in a bridge's channels are signed, or checked, and how they come. */
const audiencesOf = (bridge: Signing): { audience: string; mode: ChannelMode }[] =>
  Object.values(bridge.channels)
    .filter(({ signing }) => signing !== "off")
    .map(({ name, mode }) => ({ audience: audienceOf(bridge, name), mode }));

/** Whether what is signed for a channel of one bridge counts at another that does not hear the same: the word for both. */
function commonAudience(one: Signing, other: Signing): string | undefined {
  if (!isElsewhere(one.redis, other.redis)) return undefined;
  const isSameServer = serversOf(one.redis) === serversOf(other.redis);
  // What is published is heard in all databases of a server, and a stream is in one of them.
  const isHeardByBoth = (...modes: ChannelMode[]): boolean => isSameServer && !modes.includes("streams");
  const theirs = audiencesOf(other);
  return audiencesOf(one).find(({ audience, mode }) =>
    theirs.some((their) => their.audience === audience && !isHeardByBoth(mode, their.mode)),
  )?.audience;
}

/**
 * Each bridge remembers the nonces that it has seen. So no two bridges of a workspace to different servers, or databases,
 * may be meant by the same word: what was signed for one would count once more at the other. Two to the same hear the same.
 * @throws OrreryError `conflict`
 */
export async function assertOwnAudiences(
  env: Pick<Env, "BRIDGES" | "DB">,
  workspaceId: string,
  bridge: Signing,
): Promise<void> {
  if (audiencesOf(bridge).length === 0) return;
  const { items } = await new BridgeIndex(env.DB).page(workspaceId, { limit: 1_000 });
  const outcomes = await Promise.all(
    items.filter((id) => id !== bridge.id).map((id) => bridgeStub(env, id).describe(workspaceId)),
  );
  for (const outcome of outcomes) {
    const common = outcome.ok ? commonAudience(bridge, outcome.value) : undefined;
    if (!outcome.ok || common === undefined) continue;
    throw new OrreryError(
      "conflict",
      `Messages to ${common} are signed for the bridge "${outcome.value.name}", too, which is connected elsewhere: ` +
        "give this one another namespace, or its channel another name",
    );
  }
}
