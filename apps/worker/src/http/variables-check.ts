/** What is wrong with the variables that this deployment was given. */
import { OrreryError, Scope } from "@orrery/protocol";
import { toolsProblem } from "../agents/index.ts";
import { gatewayFor } from "../models/index.ts";
import { keyEncryptionKeysOf, securityOf } from "../security/index.ts";
import { Missing } from "./health.ts";

/** Whether a variable that was given can be used, and what it should be. */
type Form = readonly [fits: (text: string) => boolean, expected: string];

const address: Form = [
  (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""),
  "an address that begins with https:// or http://",
];
const oneOf = (...names: readonly string[]): Form => [
  (text) => names.includes(text),
  `one of ${names.join(", ")}`,
];
const each = (separator: RegExp, [fits, expected]: Form): Form => [
  (text) => text.split(separator).every((part) => part.trim() === "" || fits(part.trim())),
  expected,
];

/** Variables whose values are plain; those in JSON and keys are read by the domains they belong to. */
const forms: Partial<Record<keyof Env, Form>> = {
  RATE_LIMIT_PER_MINUTE: [
    (text) => Number.isFinite(Number(text)) && Number(text) >= 0,
    "a number of requests, 0 for no limit",
  ],
  AGENT_REST_MS: [(text) => /^\d{1,9}$/.test(text), "a whole number of milliseconds"],
  LOG_LEVEL: oneOf("debug", "info", "warn", "error", "silent"),
  CORS_ORIGINS: each(/,/, [
    (text) => /^[a-z][a-z0-9+.-]*:\/\/[^/*]+\/?$/i.test(text),
    "origins such as https://app.example.com, with commas between",
  ]),
  ACCESS_SCOPES: each(/\s+/, [
    (text) => Scope.safeParse(text).success,
    `scopes with spaces between: ${Scope.options.join(", ")}`,
  ]),
  OPENAI_BASE_URL: address,
  ANTHROPIC_BASE_URL: address,
  GOOGLE_BASE_URL: address,
  INPUT_CHECK_URL: address,
  INPUT_CHECK_ON_FAILURE: oneOf("refuse", "allow"),
};

function* plainProblems(env: Env): Generator<string> {
  for (const [name, form] of Object.entries(forms)) {
    const text: unknown = env[name as keyof Env];
    if (typeof text !== "string" || text.trim() === "") continue;
    const [fits, expected] = form;
    if (!fits(text.trim())) yield `${name} is not valid: expected ${expected}`;
  }
  if (Boolean(env.ACCESS_TEAM_DOMAIN) !== Boolean(env.ACCESS_AUDIENCE)) {
    yield "ACCESS_TEAM_DOMAIN and ACCESS_AUDIENCE are of use only together";
  }
}

function keyEncryptionProblem(env: Env): string | null {
  // Without one the platform serves, but for what has to be sealed.
  if (!env.KEY_ENCRYPTION_KEY?.trim()) return null;
  try {
    keyEncryptionKeysOf(env);
    return null;
  } catch (error) {
    return error instanceof OrreryError ? error.message : "KEY_ENCRYPTION_KEY is not valid";
  }
}

/** A sentence for each mistake, with the variable and the place in it, and never with what it holds. */
export const settingsProblems = (env: Env): string[] =>
  [
    ...plainProblems(env),
    securityOf(env).settings.jwksProblem,
    keyEncryptionProblem(env),
    ...gatewayFor(env).problems(),
    toolsProblem(env),
  ].filter((problem) => problem !== null);

/** @throws Missing naming every mistake */
export function settingsInOrder(env: Env): void {
  const problems = settingsProblems(env);
  if (problems.length > 0) throw new Missing(problems.join("\n"));
}
