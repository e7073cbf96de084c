import { createInterface } from "node:readline";
import type { Agent, AttachmentInput } from "@orrery/client";
import { findAgent } from "../agents/index.ts";
import { Argument, Option, defineCommand } from "../command.ts";
import { Interrupted, UsageError, explain } from "../failure.ts";
import { oneLine, printable } from "../output/text.ts";
import { AnswerPrinter } from "../run/answer-printer.ts";
import { readAttachments } from "../run/attachments.ts";
import { expectAnswer, followToEnd } from "../run/follow.ts";
import type { Session } from "../session.ts";
import type { Terminal } from "../terminal.ts";

const help = "/file <path> attaches a document to the next message · /session shows its id · /exit leaves";

export const chat = defineCommand<[agent: string], { session?: string }>({
  name: "chat",
  summary: "talk with an agent",
  description: `Talks with an agent, a line a message. Ctrl-C cancels an answer; again, or at the prompt, it leaves.\n\n${help}`,
  arguments: [new Argument("<agent>", "its id or name")],
  options: [new Option("-s, --session <id>", "go on with this conversation")],
  examples: [
    ["orrery chat Reader", "begin a conversation"],
    ["printf 'Hello\\nAnd again\\n' | orrery chat Reader", "two messages of one conversation, from a pipe"],
  ],
  async run(session, options, idOrName) {
    const agent = await findAgent(session.client, idOrName);
    if (options.session !== undefined) await session.client.sessions.get(agent.id, options.session);
    await new Chat(session, agent, options.session).run();
  },
});

class Chat {
  readonly #session: Session;
  readonly #agent: Agent;
  readonly #isInteractive: boolean;
  #sessionId: string | undefined;
  #attachments: AttachmentInput[] = [];

  constructor(session: Session, agent: Agent, sessionId: string | undefined) {
    this.#session = session;
    this.#agent = agent;
    this.#sessionId = sessionId;
    this.#isInteractive = session.terminal.stdin.isTTY === true && !session.json;
  }

  async run(): Promise<void> {
    const { terminal, style } = this.#session;
    const readline = createInterface({
      input: terminal.stdin,
      ...(this.#isInteractive && { output: terminal.stdout }),
      terminal: this.#isInteractive,
      prompt: this.#isInteractive ? style.cyan("› ") : "",
    });
    // While it reads a terminal, readline takes Ctrl-C for itself.
    const interrupts = new Set<() => void>();
    let wasInterrupted = false;
    const press = () => {
      if (interrupts.size > 0) for (const listen of interrupts) listen();
      else {
        wasInterrupted = true;
        readline.close();
      }
    };
    readline.on("SIGINT", press);
    const off = terminal.onInterrupt(press);
    const duringTurn: Terminal = {
      ...terminal,
      onInterrupt: (listener) => {
        interrupts.add(listener);
        return () => void interrupts.delete(listener);
      },
    };
    try {
      if (this.#isInteractive) {
        this.#session.remark(
          `${oneLine(this.#agent.name)} answers with ${oneLine(this.#agent.model)}. ${help}`,
        );
        readline.prompt();
      }
      for await (const line of readline) {
        if (line.trim() === "/exit") break;
        await this.#take(line.trim(), duringTurn);
        if (this.#isInteractive) readline.prompt();
      }
    } finally {
      off();
      readline.close();
    }
    if (wasInterrupted) throw new Interrupted();
  }

  /** Does what a line says. On a terminal a failure is told and the conversation goes on. */
  async #take(line: string, terminal: Terminal): Promise<void> {
    try {
      if (line === "") return;
      if (line.startsWith("/")) await this.#command(line);
      else await this.#say(line, terminal);
    } catch (error) {
      if (!this.#isInteractive || error instanceof Interrupted) throw error;
      const { lines } = explain(error, this.#session.connection);
      this.#session.write(`${this.#session.style.red(printable(lines.join("\n")))}\n`);
    }
  }

  async #command(line: string): Promise<void> {
    const [, name = "", rest = ""] = /^\/(\S*)\s*(.*)$/.exec(line) ?? [];
    if (name === "file") {
      if (rest === "") throw new UsageError("Say which file: /file <path>");
      this.#attachments.push(...(await readAttachments([rest], this.#session.terminal.cwd)));
      this.#session.remark(`It goes with the next message.`);
    } else if (name === "session")
      this.#session.remark(this.#sessionId ?? "It begins with the first message.");
    else if (name === "help") this.#session.remark(help);
    else throw new UsageError(`There is no command /${oneLine(name)}. ${help}`);
  }

  async #say(input: string, terminal: Terminal): Promise<void> {
    const session: Session = { ...this.#session, terminal };
    const stream = await session.client.executions.stream(this.#agent.id, input, {
      sessionId: this.#sessionId,
      attachments: this.#attachments,
    });
    this.#attachments = [];
    this.#sessionId = stream.sessionId;
    const printer = new AnswerPrinter(session);
    const { execution, wasCancelledHere } = await followToEnd(session, stream, (chunk) => {
      if (!session.json) printer.print(chunk);
    });
    if (session.json) session.jsonLine(execution);
    else printer.end();
    if (execution.status === "cancelled" && wasCancelledHere) session.remark("Cancelled.");
    else expectAnswer(execution, false);
  }
}
