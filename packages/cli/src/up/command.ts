import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { givenBefore } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import { asTyped, isClone } from "../program-name.ts";
import { continueLean } from "./lean-process.ts";
import type { UpOptions } from "./run.ts";

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError("It is a number from 0 to 65535.");
  return port;
}

/** The oldest Node.js that the runtime's launcher works on: it stands on Node's own SQLite. */
const oldest = [22, 13] as const;

/** @throws CommandFailure naming the version that is needed, before anything that needs it is loaded */
export function checkNode(version = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  throw new CommandFailure(
    `The platform needs Node.js ${oldest.join(".")} or newer; this is ${version}.\n` +
      "In a clone, npm start and npx orrery bring a newer one by themselves.",
  );
}

/** `orrery up`. */
export function upCommand(): Command {
  return (
    new Command("up")
      .description("run the whole platform on this machine")
      .option("--host <address>", "address to listen on; 0.0.0.0 lets other machines in", "127.0.0.1")
      .option("--port <number>", "port to listen on; 0 takes a free one", parsePort, 8787)
      .option("--state <directory>", "where everything is kept (default: .orrery, or ORRERY_STATE)")
      .option(
        "--env <file>",
        "file with variables, besides the environment (default: .env and .dev.vars, where they are)",
      )
      // As others call it. Node.js takes this name for its own wherever it stands on a command line, and ends with words
      // of its own where the file is missing; so it is not the one that is told of.
      .addOption(new Option("--env-file <file>").hideHelp())
      .option("--open", "open the console in a browser", false)
      .option("--json", "say in JSON where it serves", false)
      .addHelpText(
        "after",
        asTyped(`
Examples:
  orrery up
      Run the platform on this machine
  orrery up --port 9000 --open
      On another port, and open the console in a browser`),
      )
      .exitOverride()
      .action(async (given: UpOptions, command: Command) => {
        if (!isClone)
          throw new CommandFailure("`orrery up` runs the platform from a clone of its repository.");
        checkNode();
        const { state, json } = givenBefore(command);
        const options: UpOptions = {
          ...(state !== undefined && { state }),
          ...given,
          json: given.json || json === true,
        };
        // Where bin/orrery.js keeps what is compiled, too.
        continueLean(fileURLToPath(new URL("../../../../.cache/compile", import.meta.url)));
        const { runUp } = await import("./run.ts");
        await runUp(options);
      })
  );
}
