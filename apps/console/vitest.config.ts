import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

const resolve = { conditions: ["orrery-source", "svelte", ...defaultServerConditions] };

/**
 * The console's own modules and components, runes included, without a browser: components are rendered as on a
 * server. Those with a browser are in `test/`.
 */
export default defineConfig({
  plugins: [svelte({ configFile: false })],
  resolve,
  // The console's own extends what its build writes first: tests need no build.
  tsconfig: fileURLToPath(new URL("../../tsconfig.json", import.meta.url)),
  ssr: { resolve, noExternal: ["svelte", "@lucide/svelte", "bits-ui"] },
  test: { name: "console", include: ["src/**/*.test.ts"], expect: { poll: { timeout: 10_000 } } },
});
