import { redisMissing } from "../../../../test/platform/redis-server.ts";

/** Whether tests that need a Redis are left out; says so in one line where they are. */
export function withoutRedis(): boolean {
  const missing = redisMissing();
  if (missing !== null) process.stderr.write(`Skipped: ${missing}\n`);
  return missing !== null;
}
