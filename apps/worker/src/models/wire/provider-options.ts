/** A provider's own options, put into the body of a request. */
import { refusedOptions } from "@orrery/protocol";
import { ModelError } from "../contract.ts";
import { isObject } from "./json.ts";

type Body = Record<string, unknown>;

/**
 * `body` with `options` over it: an object in both is merged, anything else is replaced. Options are looked at when
 * they are set; those that were set before, when there were none to refuse, are refused here.
 * @throws ModelError `invalid_request`, which names what this provider may not be given
 */
export function withOptions(provider: string, body: Body, options: Body | undefined): Body {
  if (options === undefined) return body;
  const refused = refusedOptions(provider, options);
  if (refused.length === 0) return merged(body, options);
  throw new ModelError(
    "invalid_request",
    `${provider} may not be given ${refused.join(", ")}: take it out of the agent's providerOptions`,
    { retryable: false },
  );
}

function merged(body: Body, options: Body): Body {
  const result = { ...body };
  for (const [name, value] of Object.entries(options)) {
    const there = body[name];
    result[name] = isObject(value) ? merged(isObject(there) ? there : {}, value) : value;
  }
  return result;
}
