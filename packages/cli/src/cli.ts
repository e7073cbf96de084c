import { Command, CommanderError } from "commander";
import { agents } from "./agents/index.ts";
import { bridge } from "./bridge/index.ts";
import { budgets } from "./budgets/index.ts";
import { chat } from "./chat/chat.ts";
import type { Mount } from "./command.ts";
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
  const program = new Command("orrery")
    .description("Fleets of durable AI agents: on one machine with one command, and on Cloudflare's network.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "explain a command")
    .helpCommand("help [command]", "explain a command")
    .addHelpText("after", overview)
    .showSuggestionAfterError()
    .showHelpAfterError("Run it with --help to see what it takes.")
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      getOutHelpWidth: () => terminal.stdout.columns ?? 100,
      getErrHelpWidth: () => terminal.stderr.columns ?? 100,
      outputError: (text, write) => write(text.replace(/^error: /, "orrery: ")),
    })
    .exitOverride();

  program.addCommand(upCommand().copyInheritedSettings(program));
  for (const mount of commands) {
    mount(program, {
      terminal,
      onSession: (opened) => {
        session = opened;
      },
    });
  }

  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    const { exitCode: code, lines, error: problem } = explain(error, session?.connection);
    if (session?.json === true) terminal.stderr.write(`${JSON.stringify({ error: problem })}\n`);
    else if (code === exitCode.interrupted) terminal.stderr.write("\n");
    else {
      const style = styleFor(terminal.stderr, terminal.env);
      const [first, ...rest] = lines.map(printable);
      terminal.stderr.write(`${[`${style.red("orrery:")} ${first ?? ""}`, ...rest].join("\n")}\n`);
    }
    return code;
  }
}
