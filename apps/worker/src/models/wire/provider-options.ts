/** A provider's own options, put into the body of a request. */
import { isObject } from "./json.ts";

type Body = Record<string, unknown>;

/**
 * `body` with `options` over it: an object in both is merged, anything else is replaced. Not replaced are the
 * `fixed` fields (`name`, or `name.inner` within an object): what is asked, and how much may be written. The
 * latter is what was set aside in budgets before the call, so no option may raise it.
 */
export function withOptions(body: Body, options: Body | undefined, fixed: ReadonlySet<string>): Body {
  return options === undefined ? body : merged(body, options, fixed, "");
}

function merged(body: Body, options: Body, fixed: ReadonlySet<string>, path: string): Body {
  const result = { ...body };
  for (const [name, value] of Object.entries(options)) {
    const place = `${path}${name}`;
    if (fixed.has(place)) continue;
    const there = body[name];
    result[name] = isObject(value) ? merged(isObject(there) ? there : {}, value, fixed, `${place}.`) : value;
  }
  return result;
}
