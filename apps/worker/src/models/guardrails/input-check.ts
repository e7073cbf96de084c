/** Looks at what is about to be asked, before anything is paid for it. */
import type { Clock } from "../clock.ts";
import { httpClassifier } from "./classifier.ts";
import type { InputCheck } from "./contract.ts";
import { defaultInputLimits, type InputLimits, overLimit } from "./input-limits.ts";

/** What the checks need of the platform's `Env`. An empty variable counts as absent. */
export interface InputCheckEnv {
  /** Address of a classifier that says whether an input may be sent. */
  readonly INPUT_CHECK_URL?: string;
  readonly INPUT_CHECK_TOKEN?: string;
  /** `allow` lets inputs through while the classifier cannot say; everything else refuses them. */
  readonly INPUT_CHECK_ON_FAILURE?: string;
}

export interface InputCheckOptions {
  fetch: typeof fetch;
  clock: Clock;
  limits?: Partial<InputLimits>;
  /** More checks, asked in order after the built-in ones. */
  checks?: readonly InputCheck[];
}

const given = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === "" ? undefined : value.trim();

/**
 * All checks of this environment as one: size and files, then the operator's classifier where there is one,
 * then `checks`. The first refusal counts. Without a classifier the answer comes at once, without a promise.
 */
export function createInputCheck(env: InputCheckEnv, options: InputCheckOptions): InputCheck {
  const limits = { ...defaultInputLimits, ...options.limits };
  const checks = [...classifierOf(env, options), ...(options.checks ?? [])];
  if (checks.length === 0) return (request) => overLimit(request, limits);
  return async (request) => {
    const refusal = overLimit(request, limits);
    if (refusal !== null) return refusal;
    for (const check of checks) {
      const refusal = await check(request);
      if (refusal !== null) return refusal;
    }
    return null;
  };
}

function classifierOf(env: InputCheckEnv, { fetch, clock }: InputCheckOptions): InputCheck[] {
  const url = given(env.INPUT_CHECK_URL);
  if (url === undefined) return [];
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    return [
      () => ({
        refused:
          "INPUT_CHECK_URL is not an address that begins with https:// or http://: correct it, or unset it.",
      }),
    ];
  }
  const onFailure = given(env.INPUT_CHECK_ON_FAILURE) === "allow" ? "allow" : "refuse";
  return [httpClassifier({ url, token: given(env.INPUT_CHECK_TOKEN), onFailure, fetch, clock })];
}
