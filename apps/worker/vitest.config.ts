import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/**
 * Tests that run inside workerd, on the bindings of `wrangler.jsonc`: `*.workerd.test.ts` beside the
 * source, and `test/`. A `*.test.ts` that needs no binding runs in Node, with the rest of the units.
 */
export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.jsonc" },
      remoteBindings: false,
      miniflare: {
        bindings: { SIGNING_KEY: "dGVzdC1zaWduaW5nLWtleS1vZi10aGlydHktdHdvLWJ5dGVz" },
      },
    }),
  ],
  resolve: { conditions: ["orrery-source"] },
  ssr: { resolve: { conditions: ["orrery-source"] } },
  test: {
    name: "workerd",
    include: ["src/**/*.workerd.test.ts", "test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
