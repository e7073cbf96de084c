import adapter from "@sveltejs/adapter-static";
import { sveltekit } from "@sveltejs/kit/vite";
import tailwindcss from "@tailwindcss/vite";
import { defaultClientConditions, defaultServerConditions, defineConfig } from "vite";
import { sourceDigest } from "./source-digest.ts";
import { withoutInlineScripts } from "./without-inline-scripts.ts";

/** Where `vite dev` finds the platform; a running `orrery up` by default. */
const platform = process.env["ORRERY_URL"] ?? "http://127.0.0.1:8787";

export default defineConfig(({ command }) => {
  // Tests say "test" here, whose builds would be those for development, slower and twice as large.
  if (command === "build") process.env["NODE_ENV"] = "production";
  return {
    plugins: [
      tailwindcss(),
      sveltekit({
        adapter: withoutInlineScripts(adapter({ fallback: "index.html" })),
        // Pages are few and small: fewer, fuller files beat a waterfall of tiny ones.
        output: { bundleStrategy: "split" },
        version: { name: sourceDigest() },
      }),
    ],
    resolve: { conditions: ["orrery-source", ...defaultClientConditions] },
    ssr: { resolve: { conditions: ["orrery-source", ...defaultServerConditions] } },
    server: { proxy: { "/api": { target: platform, ws: true } } },
  };
});
