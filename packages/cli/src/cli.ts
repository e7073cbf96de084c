import { Command, CommanderError } from "commander";
import { agents } from "./agents/index.ts";
import { bridge } from "./bridge/index.ts";
import { budgets } from "./budgets/index.ts";
import { chat } from "./chat/chat.ts";
import { connectionOptions, type Mount } from "./command.ts";
import { documents } from "./documents/index.ts";
import { doctor } from "./doctor/doctor.ts";
import { executions } from "./executions/index.ts";
import { exitCode } from "./exit-codes.ts";
import { explain } from "./failure.ts";
import { flags } from "./flags/index.ts";
import { fuse } from "./fuse/index.ts";
import { keys } from "./keys/index.ts";
import { me } from "./me/me.ts";
import { models } from "./models/index.ts";
import { styleFor } from "./output/style.ts";
import { printable } from "./output/text.ts";
import { asTyped } from "./program-name.ts";
import { run } from "./run/run.ts";
import type { Session } from "./session.ts";
import { sessions } from "./sessions/index.ts";
import type { Terminal } from "./terminal.ts";
import { token } from "./token/index.ts";
import { upCommand } from "./up/command.ts";
import { usage } from "./usage/usage.ts";
import { version } from "./version.ts";

const commands: readonly Mount[] = [
  agents,
  run,
  chat,
  documents,
  executions,
  sessions,
  models,
  usage,
  budgets,
  bridge,
  fuse,
  keys,
  flags,
  token,
  me,
  doctor,
];

const overview = `
Exit status:
  0  done
  1  the request, the execution or a check failed
  2  the command line is not valid
  3  the platform cannot be reached
  4  the token is missing, not accepted, or does not allow this
  130  interrupted

Examples:
  orrery up
      Run the platform on this machine
  orrery agents create "Reader"
      Create an agent that answers from documents, offline
  orrery run Reader "What does it cost?" --file prices.pdf
      Ask it about a file and watch the answer
`;

/**
 * Runs one command line.
 * @param argv the arguments after the program's name
 * @returns the status to exit with
 */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  let session: Session | undefined;
  const json = wantsJson(argv);
  const program = new Command("orrery")
    .description("Fleets of durable AI agents: on one machine with one command, and on Cloudflare's network.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "explain a command")
    .helpCommand("help [command]", "explain a command")
    .addHelpText("after", asTyped(overview))
    .showSuggestionAfterError()
    .showHelpAfterError("Run it with --help to see what it takes.")
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => {
        if (!json) terminal.stderr.write(text);
      },
      getOutHelpWidth: () => terminal.stdout.columns ?? 100,
      getErrHelpWidth: () => terminal.stderr.columns ?? 100,
      outputError: (text, write) => write(text.replace(/^error: /, "orrery: ")),
    })
    // What stands before a command's name is the program's, what stands behind it the command's.
    .enablePositionalOptions()
    .exitOverride();
  for (const option of connectionOptions()) program.addOption(option);

  program.addCommand(upCommand().copyInheritedSettings(program));
  for (const mount of commands) {
    mount(program, {
      terminal,
      onSession: (opened) => {
        session = opened;
      },
    });
  }

  const writeProblem = (problem: object) =>
    void terminal.stderr.write(`${JSON.stringify({ error: problem })}\n`);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCode.ok;
      if (json) writeProblem({ code: "usage", message: usageMessage(error) });
      return exitCode.usage;
    }
    const { exitCode: code, lines, error: problem } = explain(error, session?.connection);
    if (json) writeProblem(problem);
    else if (code === exitCode.interrupted) terminal.stderr.write("\n");
    else {
      const style = styleFor(terminal.stderr, terminal.env);
      const [first, ...rest] = lines.map(printable);
      terminal.stderr.write(`${[`${style.red("orrery:")} ${first ?? ""}`, ...rest].join("\n")}\n`);
    }
    return code;
  }
}

/** Whether answers and failures are to be JSON, also where the command line cannot be read. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

/** Commander has no words where a noun lacks its verb: it prints the help instead. */
const usageMessage = ({ code, message }: CommanderError): string =>
  code === "commander.help" ? "A command is missing: see --help." : message.replace(/^error: /, "");
