import { Argument, InvalidArgumentError, Option, type Command } from "commander";
import { resolveConnection, type ConnectionOptions } from "./connection/connection.ts";
import { NothingRuns } from "./failure.ts";
import { asTyped } from "./program-name.ts";
import { openSession, type Session } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** A command, declared: one object in one file. `Options` are the long names in camel case. */
export interface CommandSpec<Arguments extends readonly unknown[], Options> {
  name: string;
  /** What its noun means where no verb follows it. */
  isDefault?: true;
  summary: string;
  /** What the summary leaves out. */
  description?: string;
  arguments?: readonly Argument[];
  options?: readonly Option[];
  /** Command lines that work, with what they do. */
  examples: readonly (readonly [command: string, purpose: string])[];
  /** Whether it has something to say where no platform was found. */
  worksAlone?: true;
  run(session: Session, options: Options, ...given: Arguments): Promise<void>;
}

/** A command that mounts itself; what it takes is its own affair. */
export type Mount = (parent: Command, shell: Shell) => void;

/** What commands are mounted into. */
export interface Shell {
  terminal: Terminal;
  /** Told of the session once it is open, for words about its failure. */
  onSession(session: Session): void;
}

export const defineCommand =
  <Arguments extends readonly unknown[], Options>(spec: CommandSpec<Arguments, Options>): Mount =>
  (parent, shell) => {
    const command = parent
      .command(spec.name, { isDefault: spec.isDefault === true })
      .summary(spec.summary)
      .description(spec.description ?? spec.summary);
    for (const argument of spec.arguments ?? []) command.addArgument(argument);
    for (const option of spec.options ?? []) command.addOption(option);
    for (const option of connectionOptions()) command.addOption(option);
    command.addHelpText("after", examplesText(spec.examples));
    command.action(async (...given: unknown[]) => {
      // Commander gives the arguments, then the options, then the command itself; the declarations say their types.
      const options = { ...givenBefore(command), ...(given.at(-2) as object) } as Options & SharedOptions;
      const connection = resolveConnection(shell.terminal, options);
      if (connection.nowhere !== undefined && spec.worksAlone !== true)
        throw new NothingRuns(connection.nowhere);
      const session = openSession(shell.terminal, connection, { json: options.json === true });
      shell.onSession(session);
      await spec.run(session, options, ...(given.slice(0, -2) as unknown as Arguments));
    });
  };

/** A noun: the commands that belong to it. */
export const defineGroup =
  (name: string, summary: string, mounts: readonly Mount[]): Mount =>
  (parent, shell) => {
    const group = parent.command(name).summary(summary).description(summary);
    for (const option of connectionOptions()) group.addOption(option.hideHelp());
    for (const mount of mounts) mount(group, shell);
  };

const examplesText = (examples: readonly (readonly [string, string])[]): string =>
  `\nExamples:\n${examples.map(([command, purpose]) => `  ${asTyped(command)}\n      ${purpose}\n`).join("")}`;

/** What every command takes. */
export interface SharedOptions extends ConnectionOptions {
  json?: boolean;
}

/** Options that stand before a command's name, in front of its own. */
export const givenBefore = (command: Command): SharedOptions =>
  command.parent === null ? {} : { ...givenBefore(command.parent), ...command.parent.opts<SharedOptions>() };

export const connectionOptions = (): Option[] =>
  [
    new Option("--json", "answer in JSON"),
    new Option("--url <address>", "where the platform serves (else ORRERY_URL, else the running instance)"),
    new Option(
      "--token-file <path>",
      "read the token from this file (else ORRERY_TOKEN, else the running instance's)",
    ),
    new Option(
      "--state <folder>",
      "the platform's state folder (else ORRERY_STATE, else the nearest .orrery)",
    ),
  ].map((option) => option.helpGroup("Connection and output:"));

/** Gathers an option that may be given more than once. */
export const gathered = (option: Option): Option =>
  option.argParser((value: string, earlier: string[] | undefined) => [...(earlier ?? []), value]);

/** Parses an option as a number within limits. */
export const numeric = (option: Option, limits: { min: number; max: number; whole?: boolean }): Option =>
  option.argParser((text: string) => {
    const value = Number(text);
    const isRight =
      text.trim() !== "" &&
      value >= limits.min &&
      value <= limits.max &&
      (limits.whole !== true || Number.isInteger(value));
    if (!isRight)
      throw new InvalidArgumentError(
        `Expected ${limits.whole === true ? "a whole number" : "a number"} from ${limits.min} to ${limits.max}.`,
      );
    return value;
  });

/** Parses `name=value` pairs given one by one. */
export const pairs = (option: Option): Option =>
  option.argParser((text: string, earlier: Record<string, string> | undefined) => {
    const at = text.indexOf("=");
    if (at < 1) throw new InvalidArgumentError("Expected name=value.");
    return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
  });

export { Argument, Option };
