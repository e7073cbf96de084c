import { OrreryError } from "@orrery/protocol";
import type { Bridge } from "@orrery/protocol";
import { bridgeStub } from "./bridge-access.ts";
import { BridgeIndex } from "./bridge-index.ts";
import { audienceOf } from "./bridge-names.ts";
import { serversOf } from "./bridge-settings.ts";

type Signing = Pick<Bridge, "id" | "namespace" | "redis" | "channels">;

/** For whom messages in a bridge's channels are signed, or checked. */
const audiencesOf = (bridge: Signing): string[] =>
  Object.values(bridge.channels)
    .filter(({ signing }) => signing !== "off")
    .map(({ name }) => audienceOf(bridge, name));

/**
 * Each bridge remembers the nonces that it has seen. So no two bridges of a workspace to different servers may be meant
 * by the same word: what was signed for one would count once more at the other. Two to the same servers hear the same.
 * @throws OrreryError `conflict`
 */
export async function assertOwnAudiences(
  env: Pick<Env, "BRIDGES" | "DB">,
  workspaceId: string,
  bridge: Signing,
): Promise<void> {
  const own = audiencesOf(bridge);
  if (own.length === 0) return;
  const { items } = await new BridgeIndex(env.DB).page(workspaceId, { limit: 1_000 });
  const outcomes = await Promise.all(
    items.filter((id) => id !== bridge.id).map((id) => bridgeStub(env, id).describe(workspaceId)),
  );
  for (const outcome of outcomes) {
    if (!outcome.ok || serversOf(outcome.value.redis) === serversOf(bridge.redis)) continue;
    const common = audiencesOf(outcome.value).find((audience) => own.includes(audience));
    if (common === undefined) continue;
    throw new OrreryError(
      "conflict",
      `Messages to ${common} are signed for the bridge "${outcome.value.name}", too, which is connected elsewhere: ` +
        "give this one another namespace, or its channel another name",
    );
  }
}
