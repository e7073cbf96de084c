import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Adapter } from "@sveltejs/kit";

const output = "build";

/**
 * Wraps the static adapter so that the built page holds no inline script: SvelteKit's starter moves
 * into a file of its own, named by its content. The page then runs under `script-src 'self'`, and
 * nobody has to keep a hash in a header in step with a build.
 */
export function withoutInlineScripts(adapter: Adapter): Adapter {
  return {
    ...adapter,
    async adapt(builder) {
      await adapter.adapt(builder);
      const page = join(output, "index.html");
      const html = readFileSync(page, "utf8").replace(/<script>([\s\S]*?)<\/script>/g, (_, code: string) => {
        const name = `boot.${createHash("sha256").update(code).digest("hex").slice(0, 8)}.js`;
        writeFileSync(join(output, "_app", "immutable", name), code);
        return `<script src="/_app/immutable/${name}"></script>`;
      });
      writeFileSync(page, html);
    },
  };
}
