import type { RedisAddress } from "@orrery/protocol";
import { numberOf } from "#lib/forms/number-of.ts";

/** What a form holds of the way to Redis, for every kind of it, so that changing one's mind loses nothing. */
export interface AddressValues {
  kind: RedisAddress["kind"];
  url: string;
  /** `host:port`, one a line. */
  sentinels: string;
  master: string;
  db: string;
  /** `host:port`, one a line. */
  nodes: string;
  tls: boolean;
  restUrl: string;
  username: string;
  /** A password, or the token of the REST form. Empty: none, or the one that is kept already. */
  password: string;
}

/** The fields in which something can be wrong, in the order in which they stand. */
export const addressFields = [
  "url",
  "sentinels",
  "master",
  "db",
  "nodes",
  "restUrl",
  "username",
  "password",
] as const;
export type AddressField = (typeof addressFields)[number];

interface Host {
  host: string;
  port: number;
}

const lines = (hosts: readonly Host[]): string => hosts.map(({ host, port }) => `${host}:${port}`).join("\n");

/** Hosts of `host:port` lines; what has no port gets `NaN`, which the schema refuses. */
const hostsOf = (text: string): Host[] =>
  text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((entry) => {
      const colon = entry.lastIndexOf(":");
      return colon === -1
        ? { host: entry, port: Number.NaN }
        : { host: entry.slice(0, colon), port: Number(entry.slice(colon + 1) || "NaN") };
    });

const empty: AddressValues = {
  kind: "tcp",
  url: "redis://127.0.0.1:6379",
  sentinels: "",
  master: "",
  db: "0",
  nodes: "",
  tls: false,
  restUrl: "",
  username: "",
  password: "",
};

/** The values of an address as the platform shows it, which is without its secret; of a new one without any. */
export function addressValuesOf(redis?: RedisAddress): AddressValues {
  switch (redis?.kind) {
    case undefined:
      return { ...empty };
    case "tcp":
      return { ...empty, kind: "tcp", url: redis.url, username: redis.username ?? "" };
    case "sentinel":
      return {
        ...empty,
        kind: "sentinel",
        sentinels: lines(redis.sentinels),
        master: redis.master,
        db: String(redis.db),
        tls: redis.tls,
        username: redis.username ?? "",
      };
    case "cluster":
      return {
        ...empty,
        kind: "cluster",
        nodes: lines(redis.nodes),
        tls: redis.tls,
        username: redis.username ?? "",
      };
    case "rest":
      return { ...empty, kind: "rest", restUrl: redis.url };
  }
}

/** The address that the values say; what is no number is `NaN`. */
export function addressOfValues(values: AddressValues): RedisAddress {
  const { kind, tls, password } = values;
  const username = values.username.trim();
  const credentials = { ...(username && { username }), ...(password && { password }) };
  switch (kind) {
    case "tcp":
      return { kind, url: values.url.trim(), ...credentials };
    case "sentinel":
      return {
        kind,
        sentinels: hostsOf(values.sentinels),
        master: values.master.trim(),
        tls,
        db: numberOf(values.db),
        ...credentials,
      };
    case "cluster":
      return { kind, nodes: hostsOf(values.nodes), tls, ...credentials };
    case "rest":
      return { kind, url: values.restUrl.trim(), ...(password && { token: password }) };
  }
}
