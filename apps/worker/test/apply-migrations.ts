import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

// Vitest runs this before each test file; migrations that are in place already are left alone.
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
