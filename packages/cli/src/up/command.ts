import nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { continueLean } from "./lean-process.ts";
import type { UpOptions } from "./run.ts";

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError("It is a number from 0 to 65535.");
  return port;
}

/** `orrery up`. */
export function upCommand(): Command {
  return new Command("up")
    .description("run the whole platform on this machine")
    .option("--host <address>", "address to listen on; 0.0.0.0 lets other machines in", "127.0.0.1")
    .option("--port <number>", "port to listen on; 0 takes a free one", parsePort, 8787)
    .option("--state <directory>", "where everything is kept (default: .orrery, or ORRERY_STATE)")
    .option(
      "--env-file <file>",
      "file with variables, besides the environment (default: .env, where there is one)",
    )
    .option("--open", "open the console in a browser", false)
    .addHelpText(
      "after",
      `
Examples:
  $ orrery up
  $ orrery up --port 9000 --open
  $ OPENAI_API_KEY=… orrery up`,
    )
    .exitOverride()
    .action(async (options: UpOptions) => {
      // What is loaded from here on is large: its compiled form is kept from one start to the next.
      const cache = fileURLToPath(new URL("../../../../.cache/compile", import.meta.url));
      continueLean(cache);
      // Node.js 20, on which the other commands run too, has no such cache.
      (nodeModule as Partial<typeof nodeModule>).enableCompileCache?.(cache);
      const { runUp } = await import("./run.ts");
      await runUp(options);
    });
}
