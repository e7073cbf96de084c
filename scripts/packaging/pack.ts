/** What would be published: each package built and packed, as `npm publish` would send it. */
import { join } from "node:path";
import { run } from "../running/process.ts";
import type { Command } from "../running/process.ts";

/** In the order in which they are built: a package's types come from what those before it were built to. */
export const published = ["protocol", "client", "local", "cli"] as const;
export type Published = (typeof published)[number];

export class PackagingError extends Error {}

/** @throws PackagingError with what the command said, where it fails */
export async function must(command: Command, what: string): Promise<string> {
  const { code, output } = await run({ timeout: 120_000, ...command });
  if (code !== 0) throw new PackagingError(`${what} failed (${code}):\n${output.trim()}`);
  return output;
}

/** Builds all packages anew and packs them into `directory`. Resolves to the tarballs' paths. */
export async function pack(directory: string): Promise<Record<Published, string>> {
  for (const name of published) {
    await must(
      { file: "npm", args: ["run", "--silent", "build", "--workspace", `@orrery/${name}`] },
      `building @orrery/${name}`,
    );
  }
  const said = await must(
    {
      file: "npm",
      args: [
        "pack",
        "--silent",
        "--ignore-scripts",
        "--pack-destination",
        directory,
        ...published.flatMap((name) => ["--workspace", `@orrery/${name}`]),
      ],
    },
    "npm pack",
  );
  const files = said.trim().split("\n");
  const tarball = (name: Published): string => {
    const file = files.find((line) => line.startsWith(`orrery-${name}-`));
    if (file === undefined) throw new PackagingError(`npm pack made nothing of @orrery/${name}:\n${said}`);
    return join(directory, file);
  };
  return {
    protocol: tarball("protocol"),
    client: tarball("client"),
    local: tarball("local"),
    cli: tarball("cli"),
  };
}
