import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build as bundle } from "esbuild";
import type { Plugin } from "esbuild";

const peers = fileURLToPath(new URL("../peers/", import.meta.url));

/** What is noted once the packages of a lockfile are installed. */
const note = `${peers}node_modules/.installed`;

/** Installs the peers' packages at the versions of their lockfile, where that has not been done. */
export async function installPeers(): Promise<void> {
  const wanted = createHash("sha256")
    .update(readFileSync(`${peers}package-lock.json`))
    .digest("hex");
  if (existsSync(note) && readFileSync(note, "utf8") === wanted) return;
  console.error("Installing the peers (once) …");
  await promisify(execFile)("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: peers });
  writeFileSync(note, wanted);
}

/** `require("path")` inside a bundle becomes the import that workerd has. */
const builtins: Plugin = {
  name: "node-builtins",
  setup(build) {
    const names = new RegExp(`^(node:)?(${builtinModules.join("|")})$`);
    build.onResolve({ filter: names }, ({ path, kind, namespace }) => {
      const specifier = path.startsWith("node:") ? path : `node:${path}`;
      if (kind !== "require-call" || namespace === "builtin") return { path: specifier, external: true };
      return { path: specifier, namespace: "builtin" };
    });
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `export * from "${path}"; export { default } from "${path}";`,
      loader: "js",
    }));
  },
};

/** Bundles a peer's worker into `outfile`, minified, for workerd. */
export async function bundlePeer(peer: string, outfile: string): Promise<void> {
  await bundle({
    entryPoints: [`${peers}${peer}/worker.ts`],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2024",
    minify: true,
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    plugins: [builtins],
    logLevel: "error",
  });
}
