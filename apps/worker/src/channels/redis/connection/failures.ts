/** What failures of Redis mean, in words that help and hold no secret. */
import { OrreryError } from "@orrery/protocol";
import { redact } from "../../../observability/index.ts";

/** The word in capitals that Redis's errors begin with; null for errors that are not Redis's. */
export const replyCode = (error: unknown): string | null =>
  error instanceof Error ? (/^([A-Z][A-Z0-9]{2,})(?: |$)/.exec(error.message)?.[1] ?? null) : null;

/** What Redis's own errors mean for who looks after a bridge. */
const meanings: Readonly<Record<string, string>> = {
  WRONGPASS: "Redis refused the user name or the password.",
  NOAUTH: "Redis asks for a password, and the bridge has none.",
  NOPERM: "The user may not do what the bridge needs to do there: look at the user's ACL.",
  READONLY: "This Redis is a replica, which can only be read.",
  UNBLOCKED: "Redis has changed its role, or a stream was deleted.",
  LOADING: "Redis is still reading its data from disk.",
  MASTERDOWN: "This Redis is a replica whose master is gone.",
  CLUSTERDOWN: "The Redis cluster does not serve all of its slots.",
  CROSSSLOT:
    "Keys that belong together lie in different slots of the cluster: give the channels one hash tag.",
  OOM: "Redis has no memory left for what is written (maxmemory).",
  MISCONF: "Redis cannot save its data, and takes no writes until it can.",
  WRONGTYPE: "A channel's name is in use in Redis for something that is no stream.",
  BUSY: "Redis is busy with a script.",
  NOREPLICAS: "Redis has too few replicas to take writes.",
  MAXCLIENTS: "Redis has as many clients as it allows.",
};

/**
 * Why no connection was made is said in one way, whatever the reason: whoever may name addresses is not to learn which of
 * them are there, are closed or are filtered, or what answers at them. The log says more.
 */
export const notThere = (cause?: unknown): Error => new Error("no Redis answers there", { cause });

const topologies: readonly [RegExp, string][] = [
  [/All sentinels are unreachable/i, "No sentinel can be reached that knows of a master by this name."],
  [/refresh slots cache|ClusterAllFailed/i, "No node of the cluster can be reached."],
];

const connectionMeanings: readonly [RegExp, string][] = [
  ...topologies,
  [
    /no Redis answers there/,
    "The connection was not made: no Redis answers at this address, or it cannot be reached. " +
      "With TLS, the certificate must be of an authority that this machine trusts.",
  ],
  [/Socket timeout|did not answer/i, "Redis did not answer in time."],
  [/max number of clients/i, "Redis has as many clients as it allows."],
  [
    /Connection is closed|connection lost|Stream isn't writeable|Stream was cancelled|ECONNRESET|EPIPE/i,
    "The connection was cut.",
  ],
];

/** Whether this is what Redis said, or what is said of several servers and of none of them. */
export const saysRedis = (error: unknown): boolean =>
  replyCode(error) !== null ||
  (error instanceof Error && topologies.some(([shape]) => shape.test(error.message)));

/** Why something failed, for people: no password, no message, no address with a password in it. */
export function failureWords(error: unknown): string {
  if (error instanceof OrreryError) return error.message;
  const code = replyCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === "ERR") return `Redis refused a command: ${shortly(message.slice(4))}`;
  if (code !== null) return meanings[code] ?? `Redis refused a command (${code}).`;
  const known = connectionMeanings.find(([shape]) => shape.test(message));
  return known?.[1] ?? `The connection failed: ${shortly(message)}`;
}

/** The same for the log, as it was said. */
export function failureDetail(error: unknown): string {
  if (!(error instanceof Error)) return shortly(String(error));
  const { message, cause } = error;
  return cause === undefined ? shortly(message) : `${shortly(message)}: ${failureDetail(cause)}`;
}

/** Redis repeats what it was sent behind these words. */
const shortly = (message: string): string =>
  String(redact(message.replace(/,? with args beginning.*$/i, ""))).slice(0, 200);

const elsewhere = new Set(["READONLY", "NOAUTH", "WRONGPASS", "MASTERDOWN", "CLUSTERDOWN"]);

/** Whether Redis answered what it will go on answering over this connection: another may lead to who takes writes. */
export const leadsNowhere = (error: unknown): error is Error => elsewhere.has(replyCode(error) ?? "");
