import { OrreryError } from "@orrery/protocol";
import type { Context, MiddlewareHandler, Next } from "hono";
import { matchedRoutes } from "hono/route";
import { log } from "../observability/index.ts";
import { type AppEnv, assertScopes, scopesOf, securityOf, sha256, signingKeyOf } from "../security/index.ts";
import { type Answer, type IdempotentAnswers, idempotentAnswers, renewAfter } from "./idempotent-answers.ts";
import { keptBodies } from "./kept-body.ts";
import { createSeal } from "./seal.ts";

const writes = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** Seconds after which a client whose first attempt is still running may look again. */
const lookAgainAfter = 1;

/** Heads worth repeating; the rest is made anew for each answer. */
const keptHeaders = ["content-type", "location", "content-location", "etag"];

/** Executions keep their keys with the agent, off the control plane's database. */
const keepsItsOwn = (method: string, path: string): boolean =>
  method === "POST" && /^\/api\/v1\/agents\/[^/]+\/executions$/.test(path);

function assertKey(key: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new OrreryError("invalid_request", "An Idempotency-Key has 1 to 255 visible ASCII characters");
}

/** The first answer is for who may have it: a replay asks for what the route itself would ask. */
function assertRouteScopes(c: Context<AppEnv>): void {
  for (const { handler } of matchedRoutes(c)) {
    const scopes = scopesOf(handler);
    if (scopes !== undefined) assertScopes(c.var.identity, scopes);
  }
}

const replay = ({ status, headers, body }: Answer): Response =>
  new Response(body === "" ? null : body, {
    status,
    headers: [...headers, ["idempotency-replayed", "true"]],
  });

const toAnswer = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: keptHeaders.flatMap((name): [string, string][] => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  }),
  body: await response.text(),
});

/**
 * Answers that say "not now" rather than what became of the request: the next attempt is a first one. So is one that says
 * for another state whose it is (`If-Match`).
 */
const isFinalStatus = (status: number): boolean => status < 500 && status !== 429 && status !== 412;

/** Gives signs of life for a request, until what it returns is called. */
function keepAlive(answers: IdempotentAnswers, id: string, claim: string): () => void {
  const renew = (): void =>
    void answers.renew(id, claim).catch((error: unknown) => log.warn("http.claim-not-renewed", { error }));
  const timer = setInterval(renew, renewAfter);
  return () => clearInterval(timer);
}

async function settle(
  answers: IdempotentAnswers,
  id: string,
  claim: string,
  c: Context<AppEnv>,
): Promise<void> {
  const response = c.res;
  if (isFinalStatus(response.status))
    await answers.keep(id, claim, await toAnswer(response.clone()), c.var.aboutAgent);
  else await answers.drop(id, claim);
}

/**
 * Middleware for the control plane's writes: the same `Idempotency-Key` with the same body gets the
 * first answer again, for 24 hours, from the same caller to the same address. Routes that stream refuse keys.
 * @throws OrreryError invalid_request for a malformed key; idempotency_mismatch for another body;
 *   conflict while the first attempt runs.
 */
export const idempotency: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { method } = c.req;
  const key = c.req.header("idempotency-key");
  if (key === undefined || !writes.has(method)) return next();
  assertKey(key);
  if (keepsItsOwn(method, c.req.path)) return next();
  assertRouteScopes(c);

  const { identity } = c.var;
  const seal = createSeal(signingKeyOf(securityOf(c.env).settings), "orrery idempotent answers v1");
  const answers = idempotentAnswers(c.env.DB, seal, keptBodies(c.env, identity.workspaceId), Date.now);
  const { search } = new URL(c.req.url);
  const place = [identity.workspaceId, identity.subject, method, c.req.path + search, key];
  const id = sha256(JSON.stringify(place));
  const claimed = await answers.claim(id, sha256(await c.req.text()));
  switch (claimed.outcome) {
    case "answered":
      return replay(claimed.answer);
    case "other-request":
      throw new OrreryError("idempotency_mismatch", "This Idempotency-Key was used with another body");
    case "running":
      throw new OrreryError("conflict", "The first request with this Idempotency-Key is still running", {
        retryAfter: lookAgainAfter,
      });
    case "mine":
      break;
  }
  const work = answering(answers, id, claimed.claim, c, next);
  // A caller who leaves ends the request, and would leave its key claimed and its answer unkept.
  c.executionCtx.waitUntil(work.catch(() => undefined));
  await work;
  return undefined;
};

/** Does the request's work, and keeps what is answered. */
async function answering(
  answers: IdempotentAnswers,
  id: string,
  claim: string,
  c: Context<AppEnv>,
  next: Next,
): Promise<void> {
  const letGo = keepAlive(answers, id, claim);
  try {
    await next();
  } finally {
    letGo();
  }
  try {
    await settle(answers, id, claim, c);
  } catch (error) {
    // The write is done and its answer is known: it must not be lost for want of a copy. Without one the next attempt is
    // a first one: nothing runs that it could wait for.
    log.error("http.answer-not-kept", { requestId: c.var.requestId, error });
    await answers
      .drop(id, claim)
      .catch((refusal: unknown) => log.warn("http.claim-not-dropped", { error: refusal }));
  }
}
