/**
 * Keeps secrets out of logs: by the name they stand under, and by how they look wherever they stand.
 * It errs on the side of removing.
 */

const removed = "[removed]";

const secretWords = new Set([
  "assertion",
  "authorization",
  "cookie",
  "credential",
  "credentials",
  "key",
  "passphrase",
  "password",
  "secret",
  "signature",
  "ticket",
  "token",
]);

/** Words that turn a secret's name into the name of something harmless about it: `tokenId`, `keyCount`. */
const harmlessEndings = new Set(["at", "count", "id", "ids", "kind", "ms", "name", "prefix"]);

const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");

/** Whether a value under this name is taken for a secret. */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1);
  if (last === undefined || harmlessEndings.has(last)) return false;
  return words.some((word) => secretWords.has(word) || secretWords.has(word.replace(/s$/, "")));
}

const secretShapes: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${removed}`],
  [/\beyJ[\w-]*\.[\w-]+\.[\w-]*/g, removed],
  [/\bork_[\w-]+/g, removed],
  [/\bsk-[\w-]{8,}/g, removed],
  [/\bAIza[\w-]{20,}/g, removed],
  [/\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g, removed],
  // Other services' keys, by the sign that each begins with.
  [
    /\b(?:gh[opsru]_|github_pat_|gl[a-z]{2,5}-|xox[a-z][.-]|xapp-|[sr]k_(?:live|test)_|whsec_|npm_|pypi-|hf_|gsk_|xai-|pplx-|r8_|GOCSPX-|ya29\.|SG\.|do[op]_v1_|shp[a-z]{2}_|key-|lin_api_|ntn_|dapi|hvs\.|dp\.pt\.|sntry[su]_|PMAK-|figd_|glsa_|pul-|rubygems_|tskey-|sbp_|sess-|AGE-SECRET-KEY-)[\w./+=-]{16,}/g,
    removed,
  ],
  [/\bhooks\.slack\.com\/services\/[\w/]+|\bdiscord\.com\/api\/webhooks\/[\w/-]+/g, removed],
  [/\b\d{8,10}:AA[\w-]{33}/g, removed],
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]*-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g, removed],
  [/([?&](?:[\w-]*token|ticket|[\w-]*key|[\w-]*secret|signature|password)=)[^&#\s"']+/gi, `$1${removed}`],
  // A user may be missing, as it is where Redis knows of a password alone.
  [/(\/\/[^/\s:@]*:)[^/\s@]+@/g, `$1${removed}@`],
];

const longest = 2_000;
const deepest = 6;
const widest = 50;

function redactText(text: string): string {
  let clean = text.length > longest ? `${text.slice(0, longest)}…` : text;
  for (const [shape, replacement] of secretShapes) clean = clean.replace(shape, replacement);
  return clean;
}

/**
 * A copy of `value` that may be written down: values under secret-looking names and secret-looking
 * parts of texts are replaced by `[removed]`; numbers stay, since no secret of ours is one. Long
 * texts, deep objects and long lists are cut, and what JSON cannot say is named instead.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") return `[${typeof value}]`;
  if (typeof value !== "object" || value === null) return value;
  if (depth >= deepest) return "[deeper]";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  if (value instanceof Error) return redactError(value, depth);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, widest).map((item) => redact(item, depth + 1));
  return redactRecord(Object.entries(value), depth);
}

function redactRecord(entries: [string, unknown][], depth: number): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of entries.slice(0, widest)) {
    const hidden = isSecretName(name) && (typeof value === "string" || typeof value === "object");
    clean[name] = hidden && value !== null ? removed : redact(value, depth + 1);
  }
  return clean;
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  return {
    name: error.name,
    message: redactText(error.message),
    ...("code" in error && { code: redact(error.code, depth + 1) }),
    ...(error.stack !== undefined && { stack: redactText(error.stack) }),
    ...(error.cause !== undefined && { cause: redact(error.cause, depth + 1) }),
  };
}
