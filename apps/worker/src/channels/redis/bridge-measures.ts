import type { ChannelRole } from "@orrery/protocol";
import { namesOf } from "./bridge-names.ts";
import type { BridgeSettings } from "./bridge-settings.ts";
import type { RedisConnection, RedisLink } from "./connection/contract.ts";
import { groupStatus } from "./reading/stream-group.ts";
import { countLetters } from "./reading/dead-letters.ts";
import type { LetterKeys } from "./reading/dead-letters.ts";

/** What Redis says about itself and the bridge's streams. */
export interface Measures {
  readonly at: number;
  readonly latencyMs: number;
  readonly redisVersion: string | null;
  readonly deadLetters: number;
  /** Of these, those that lie where all bridges of the namespace had theirs. */
  readonly sharedLetters: number;
  readonly streams: ReadonlyMap<ChannelRole, { lag: number | null; pending: number | null }>;
}

/** Asks Redis how things are. @throws Error where the link is lost */
export async function measure(
  link: RedisLink,
  settings: BridgeSettings,
  letters: LetterKeys,
  now: () => number,
  known: Measures | undefined,
): Promise<Measures> {
  const { commands } = link;
  const startedAt = now();
  await commands.call(["PING"]);
  const latencyMs = now() - startedAt;
  const roles = (Object.keys(settings.channels) as ChannelRole[]).filter(
    (role) => settings.channels[role].mode === "streams",
  );
  const groups = await Promise.all(
    roles.map(async (role) => {
      const answer = await orNull(commands, ["XINFO", "GROUPS", settings.channels[role].name]);
      return [role, groupStatus(answer, namesOf(settings).group)] as const;
    }),
  );
  const { own, shared } = await countLetters(commands, letters);
  return {
    at: now(),
    latencyMs,
    redisVersion: known === undefined ? await versionOf(commands) : known.redisVersion,
    deadLetters: own + shared,
    sharedLetters: shared,
    streams: new Map(groups),
  };
}

/** The answer, or null where Redis knows no such stream or does not let us ask: it is for people who watch. */
async function orNull(commands: RedisConnection, command: readonly string[]): Promise<unknown> {
  const [answer] = await commands.pipeline([command]);
  return answer instanceof Error ? null : answer;
}

async function versionOf(commands: RedisConnection): Promise<string | null> {
  const info = await orNull(commands, ["INFO", "server"]);
  return typeof info === "string" ? (/^redis_version:(\S+)/m.exec(info)?.[1] ?? null) : null;
}
