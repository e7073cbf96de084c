import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import tailwindcss from "@tailwindcss/vite";
import { defaultClientConditions, defaultServerConditions, defineConfig } from "vite";
import { withoutInlineScripts } from "./without-inline-scripts.ts";

/** Where `vite dev` finds the platform; a running `orrery up` by default. */
const platform = process.env["ORRERY_URL"] ?? "http://127.0.0.1:8787";

export default defineConfig({
  plugins: [
    tailwindcss(),
    sveltekit({
      adapter: withoutInlineScripts(adapter({ fallback: "index.html" })),
      // Pages are few and small: fewer, fuller files beat a waterfall of tiny ones.
      output: { bundleStrategy: "split" },
      version: { name: process.env["ORRERY_VERSION"] ?? "0.1.0" },
    }),
  ],
  resolve: { conditions: ["orrery-source", ...defaultClientConditions] },
  ssr: { resolve: { conditions: ["orrery-source", ...defaultServerConditions] } },
  server: { proxy: { "/api": { target: platform, ws: true } } },
});
