import { runCli } from "./cli.ts";
import { processTerminal } from "./terminal.ts";

// A reader that has seen enough, such as `head`, closes the pipe: that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const status = await runCli(process.argv.slice(2), processTerminal());
// `up` goes on after this and decides for itself.
if (status !== 0) process.exitCode = status;
