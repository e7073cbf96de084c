import { createRoute, z } from "@hono/zod-openapi";
import { log } from "../observability/index.ts";
import { type Api, securityOf } from "../security/index.ts";

/** Milliseconds within which a dependency answers, or counts as missing. */
const patience = 2_000;

const Dependency = z.object({
  ready: z.boolean(),
  /** What is wrong, and what to do. */
  reason: z.string().optional(),
});

const Readiness = z
  .object({ status: z.enum(["ready", "not ready"]), dependencies: z.record(z.string(), Dependency) })
  .meta({
    id: "Readiness",
    example: { status: "ready", dependencies: { database: { ready: true }, files: { ready: true } } },
  });
type Readiness = z.infer<typeof Readiness>;

const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

const healthz = createRoute({
  method: "get",
  path: "/healthz",
  tags: ["Operations"],
  summary: "Say that the server serves",
  responses: { 200: json(z.object({ status: z.literal("ok") }), "It does.") },
});

const readyz = createRoute({
  method: "get",
  path: "/readyz",
  tags: ["Operations"],
  summary: "Say whether everything that is needed is there, by name",
  responses: {
    200: json(Readiness, "Everything is there."),
    503: json(Readiness, "Something is missing."),
  },
});

/** Resolves where the dependency is there. @throws Missing, whose message says what to do; anything else. */
export type Check = (env: Env) => Promise<void> | void;

/** A dependency that is not there, in words that may be shown to anyone. */
export class Missing extends Error {}

/** What the platform cannot do without, below its domains. */
const foundations: Record<string, Check> = {
  async database(env) {
    try {
      await env.DB.prepare("SELECT 1 FROM tokens LIMIT 1").first();
    } catch (cause) {
      throw new Missing("D1 does not answer, or its migrations have not run", { cause });
    }
  },
  async files(env) {
    await env.FILES.head("readiness");
  },
  agents(env) {
    env.AGENTS.idFromName("readiness");
  },
  fleet(env) {
    env.FLEETS.idFromName("readiness");
  },
  signingKey(env) {
    const { signingKey, signingKeyProblem } = securityOf(env).settings;
    if (signingKey === null) throw new Missing(signingKeyProblem ?? "SIGNING_KEY is not set");
  },
};

async function within(work: Promise<void> | void): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Missing("It does not answer in time")), patience);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function outcomeOf(
  name: string,
  check: Check,
  env: Env,
): Promise<[string, z.infer<typeof Dependency>]> {
  try {
    await within(check(env));
    return [name, { ready: true }];
  } catch (error) {
    log.warn("http.dependency-missing", { dependency: name, error });
    return [
      name,
      { ready: false, reason: error instanceof Missing ? error.message : "It cannot be reached" },
    ];
  }
}

async function readiness(checks: Record<string, Check>, env: Env): Promise<Readiness> {
  const outcomes = await Promise.all(
    Object.entries(checks).map(([name, check]) => outcomeOf(name, check, env)),
  );
  const ready = outcomes.every(([, dependency]) => dependency.ready);
  return { status: ready ? "ready" : "not ready", dependencies: Object.fromEntries(outcomes) };
}

/** Adds `/healthz` and `/readyz`, for load balancers and people; they tell no secrets and ask for none. */
export function healthRoutes(app: Api, domains: Record<string, Check>): void {
  const checks = { ...foundations, ...domains };
  app.openapi(healthz, (c) => c.json({ status: "ok" } as const, 200));
  app.openapi(readyz, async (c) => {
    const found = await readiness(checks, c.env);
    return found.status === "ready" ? c.json(found, 200) : c.json(found, 503);
  });
}
