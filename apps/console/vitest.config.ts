import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defaultClientConditions } from "vite";
import { defineConfig } from "vitest/config";

const resolve = { conditions: ["orrery-source", ...defaultClientConditions] };

/** The console's own modules, runes included, without a browser: those with one are in `test/`. */
export default defineConfig({
  plugins: [svelte({ configFile: false })],
  resolve,
  ssr: { resolve, noExternal: ["svelte"] },
  test: { name: "console", include: ["src/**/*.test.ts"] },
});
