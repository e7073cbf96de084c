import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * Tests that run inside workerd, on the bindings of `wrangler.jsonc`, with the migrations applied:
 * `*.workerd.test.ts` beside the source, and `test/`. A `*.test.ts` that needs no binding runs in Node,
 * with the rest of the units.
 */
export default defineConfig({
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: at("wrangler.jsonc") },
      remoteBindings: false,
      miniflare: {
        bindings: {
          SIGNING_KEY: "dGVzdC1zaWduaW5nLWtleS1vZi10aGlydHktdHdvLWJ5dGVz",
          // Bridges of tests lead nowhere, which is on this machine.
          BRIDGE_HOSTS: "public,private,loopback",
          KEY_ENCRYPTION_KEY: "test:dGVzdC1rZXktZW5jcnlwdGlvbi1vZi0zMi1ieXRlcyE",
          TEST_MIGRATIONS: await readD1Migrations(at("migrations")),
        },
      },
    })),
  ],
  resolve: { conditions: ["orrery-source"] },
  ssr: { resolve: { conditions: ["orrery-source"] } },
  test: {
    name: "workerd",
    include: ["src/**/*.workerd.test.ts", "test/**/*.test.ts"],
    // Against a real Redis, from Node: see the project `fuse` at the root.
    exclude: ["test/redis/**"],
    setupFiles: ["./test/apply-migrations.ts"],
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 60_000,
  },
});
