/** What a bridge is told to be: the settings that its object keeps. */
import { OrreryError, timestamp } from "@orrery/protocol";
import type { Bridge, FieldError, RedisAddress } from "@orrery/protocol";
import type { Keyring } from "../../security/index.ts";

/** A bridge without what is only known at the moment; `redis` holds no secret. */
export type BridgeSettings = Omit<Bridge, "secretSet" | "status"> & { readonly workspaceId: string };

/** A bridge's settings as they are to be; what is not given stays as it was. */
export interface BridgeChange {
  name?: string | undefined;
  redis?: RedisAddress | undefined;
  channels?:
    | { [Role in keyof BridgeSettings["channels"]]?: BridgeSettings["channels"][Role] | undefined }
    | undefined;
  enabled?: boolean | undefined;
}

/** The password or token of an address; undefined where none is given, empty where there is to be none. */
export const secretOf = (redis: RedisAddress): string | undefined =>
  redis.kind === "rest" ? redis.token : redis.password;

/** The address without its secret. */
export function withoutSecret(redis: RedisAddress): RedisAddress {
  if (redis.kind === "rest") {
    const { token: _, ...rest } = redis;
    return rest;
  }
  const { password: _, ...rest } = redis;
  return rest;
}

/** The address with its secret back in its place. */
export function withSecret(redis: RedisAddress, secret: string | undefined): RedisAddress {
  if (secret === undefined) return redis;
  return redis.kind === "rest" ? { ...redis, token: secret } : { ...redis, password: secret };
}

/** The servers that an address names: a secret that was given for these is shown to no others. */
export function serversOf(redis: RedisAddress): string {
  switch (redis.kind) {
    case "tcp":
      return new URL(redis.url).host + new URL(redis.url).protocol;
    case "rest":
      return new URL(redis.url).origin;
    case "sentinel":
      return JSON.stringify([redis.sentinels, redis.master, redis.tls]);
    case "cluster":
      return JSON.stringify([redis.nodes, redis.tls]);
  }
}

/** Whether two addresses are of different data: other servers, or another database of the same. */
export const isElsewhere = (one: RedisAddress, other: RedisAddress): boolean =>
  JSON.stringify(placeOfData(one)) !== JSON.stringify(placeOfData(other));

function placeOfData(address: RedisAddress): readonly [place: string, database: number] {
  switch (address.kind) {
    case "tcp":
      return [serversOf(address), Number(new URL(address.url).pathname.slice(1))];
    case "rest":
      return [address.url, 0];
    case "sentinel":
      return [serversOf(address), address.db];
    case "cluster":
      return [serversOf(address), 0];
  }
}

/** The settings after a change, and whether the secret that is kept still belongs to them. */
export function changed(
  settings: BridgeSettings,
  change: BridgeChange,
  now: number,
): { settings: BridgeSettings; keepsSecret: boolean } {
  const { redis } = change;
  const { coordination, tasks, results } = change.channels ?? {};
  const next: BridgeSettings = {
    ...settings,
    name: change.name ?? settings.name,
    redis: redis === undefined ? settings.redis : withoutSecret(redis),
    channels: {
      coordination: coordination ?? settings.channels.coordination,
      tasks: tasks ?? settings.channels.tasks,
      results: results ?? settings.channels.results,
    },
    enabled: change.enabled ?? settings.enabled,
    updatedAt: timestamp(now),
  };
  assertPossible(next);
  const keepsSecret =
    redis === undefined || (secretOf(redis) === undefined && serversOf(redis) === serversOf(settings.redis));
  return { settings: next, keepsSecret };
}

/** @throws OrreryError `invalid_request` (422) for what the schema cannot see is impossible */
export function assertPossible({ redis, channels }: BridgeSettings): void {
  const errors: FieldError[] = [];
  const roles = Object.keys(channels) as (keyof typeof channels)[];
  for (const [index, role] of roles.entries()) {
    const { name } = channels[role];
    const twin = roles.slice(0, index).find((other) => channels[other].name === name);
    if (twin !== undefined) {
      errors.push({ path: `channels.${role}.name`, message: `${twin} has this channel already` });
    }
  }
  if (redis.kind === "rest" && !/^https?:\/\//.test(redis.url)) {
    errors.push({ path: "redis.url", message: "expected an address that begins with https://" });
  }
  if (redis.kind === "tcp" && !URL.canParse(redis.url)) {
    errors.push({ path: "redis.url", message: "expected redis://host:port/db" });
  }
  if (errors.length > 0) {
    throw new OrreryError("invalid_request", "There can be no such bridge", { status: 422, errors });
  }
}

const placeOf = (bridgeId: string): string => `bridges/${bridgeId}/secret`;

/** A secret as it lies on disk. @throws OrreryError `conflict` where the deployment has nothing to seal it with */
export async function sealSecret(
  keyring: Keyring,
  bridgeId: string,
  secret: string | undefined,
): Promise<Uint8Array | null> {
  if (secret === undefined || secret === "") return null;
  const vault = await keyring.vault();
  return vault.seal(new TextEncoder().encode(secret), placeOf(bridgeId));
}

/** @throws OrreryError `not_found` where the workspace's key is gone */
export async function openSecret(
  keyring: Keyring,
  bridgeId: string,
  sealed: Uint8Array | null,
): Promise<string | undefined> {
  if (sealed === null) return undefined;
  const vault = await keyring.vault();
  return new TextDecoder().decode(vault.open(sealed, placeOf(bridgeId)));
}
