import { mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bundleWorker, launch } from "../src/index.ts";
import { temporaryDirectory } from "./running.ts";

/** A project of one Worker in two files, with Wrangler beside it. */
function project(): { config: string; source: string; directory: string } {
  const root = temporaryDirectory();
  mkdirSync(join(root, "src"));
  symlinkSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(root, "node_modules"));
  const config = join(root, "wrangler.jsonc");
  writeFileSync(
    config,
    JSON.stringify({ name: "bundled", main: "src/worker.ts", compatibility_date: "2026-11-01" }),
  );
  const source = join(root, "src/words.ts");
  writeFileSync(source, `export const words: string = "first";`);
  writeFileSync(
    join(root, "src/worker.ts"),
    `import { words } from "./words.ts"; export default { fetch: () => new Response(words) };`,
  );
  return { config, source, directory: join(root, "bundle") };
}

describe("bundling a Worker", () => {
  it("is done once, and again when a source's content changes", async () => {
    const { config, source, directory } = project();
    const first = await bundleWorker({ config, directory });
    expect(first).toMatchObject({ main: "worker.js", built: true });
    expect(first.gzipBytes).toBeGreaterThan(0);
    expect(await bundleWorker({ config, directory })).toEqual({ ...first, built: false });

    // Touched, as a checkout of another branch and back does.
    const later = new Date(statSync(source).mtimeMs + 5_000);
    utimesSync(source, later, later);
    expect((await bundleWorker({ config, directory })).built).toBe(false);

    writeFileSync(source, `export const words: string = "later";`);
    const again = await bundleWorker({ config, directory });
    expect(again.built).toBe(true);

    const launched = await launch({
      config,
      bundle: { directory, main: again.main },
      statePath: temporaryDirectory(),
      port: 0,
    });
    expect(await (await fetch(launched.url)).text()).toBe("later");
    await launched.stop();
  });

  it("fails with the bundler's words, and keeps the bundle that was good", async () => {
    const { config, source, directory } = project();
    const good = await bundleWorker({ config, directory });
    writeFileSync(source, `export const words = ;`);
    await expect(bundleWorker({ config, directory })).rejects.toMatchObject({
      code: "bundle_invalid",
      message: expect.stringContaining("src/words.ts:1") as string,
    });
    writeFileSync(source, `export const words: string = "first";`);
    expect(await bundleWorker({ config, directory })).toEqual({ ...good, built: false });
  });
});
