import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);

/** All that the console is made from. */
const sources = [
  "apps/console/{src,static}/**/*.*",
  "apps/console/*.{ts,json}",
  "packages/{client,protocol}/src/**/*.ts",
  "package-lock.json",
];

/**
 * What tells a build from another: the same sources have the same, so that building again changes no file, and a page
 * that is open notices when other ones were deployed.
 */
export function sourceDigest(): string {
  const hash = createHash("sha256");
  const paths = sources.flatMap((pattern) => globSync(pattern, { cwd: root }));
  for (const path of paths.map((name) => name.replaceAll("\\", "/")).sort()) {
    if (path.endsWith(".test.ts")) continue;
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(new URL(path, root)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}
