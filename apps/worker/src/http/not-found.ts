import { OrreryError } from "@orrery/protocol";
import type { Context } from "hono";
import type { Api, AppEnv } from "../security/index.ts";
import { problemResponse } from "./problems.ts";
import { routeTable } from "./route-table.ts";

interface Address {
  pattern: RegExp;
  methods: Set<string>;
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.+*?^$()|[\]\\]/g, "\\$&").replaceAll(/\{[^/]+?\}/g, "[^/]+")}$`);

function addresses(app: Api): Address[] {
  const byPath = new Map<string, Address>();
  for (const { method, path } of routeTable(app)) {
    const address = byPath.get(path) ?? { pattern: patternOf(path), methods: new Set() };
    address.methods.add(method);
    if (method === "GET") address.methods.add("HEAD");
    byPath.set(path, address);
  }
  return [...byPath.values()];
}

/** Methods of an address at which the console stands. */
const pageMethods = ["GET", "HEAD"];

/**
 * Hono's handler of what no route answers: 405 with `Allow` where the address exists under another
 * method, 404 else; `OPTIONS` is told the methods. The list is made with the first such request.
 * @param isPage whether the console stands at an address that no route has
 */
export function notFoundHandler(
  app: Api,
  isPage: (path: string) => boolean,
): (c: Context<AppEnv>) => Response {
  let known: Address[] | undefined;
  return (c) => {
    known ??= addresses(app);
    const methods = new Set(
      known.filter(({ pattern }) => pattern.test(c.req.path)).flatMap((address) => [...address.methods]),
    );
    if (methods.size === 0 && isPage(c.req.path)) for (const method of pageMethods) methods.add(method);
    if (methods.size === 0) {
      return problemResponse(new OrreryError("not_found", "Nothing stands at this address"), c.req.raw);
    }
    const allow = [...methods, "OPTIONS"].toSorted().join(", ");
    if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
    const error = new OrreryError("method_not_allowed", `This address takes ${allow}`);
    return problemResponse(error, c.req.raw, { allow });
  };
}
