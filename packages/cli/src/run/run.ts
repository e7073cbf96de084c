import type { ExecutionOptions } from "@orrery/client";
import { findAgent } from "../agents/index.ts";
import { Argument, Option, defineCommand, gathered, pairs } from "../command.ts";
import { printable } from "../output/text.ts";
import { interruptible } from "../session.ts";
import { AnswerPrinter } from "./answer-printer.ts";
import { readAttachments } from "./attachments.ts";
import { expectAnswer, followToEnd, summary } from "./follow.ts";
import { readInput } from "./input.ts";

interface Options {
  file?: string[];
  session?: string;
  var?: Record<string, string>;
  stream?: boolean;
  wait: boolean;
}

export const run = defineCommand<[agent: string, input: string | undefined], Options>({
  name: "run",
  summary: "ask an agent and print its answer",
  description:
    "Asks an agent and prints its answer: as it comes on a terminal, whole otherwise. Ctrl-C cancels the execution. " +
    "With --json it prints the finished execution; with --json --stream a line for each chunk, then the execution.",
  arguments: [
    new Argument("<agent>", "its id or name"),
    new Argument("[input]", "what to ask; - or nothing reads standard input"),
  ],
  options: [
    gathered(new Option("-f, --file <path>", "attach a document; may be repeated")),
    new Option("-s, --session <id>", "go on with this conversation"),
    pairs(new Option("--var <name=value>", "a variable of the prompt template; may be repeated")),
    new Option("--stream", "print the answer as it comes, also into a pipe"),
    new Option("--no-stream", "print the answer once it is whole"),
    new Option("--no-wait", "hand the question over, and print the execution's id at once"),
  ],
  examples: [
    ['orrery run Reader "What does it cost?" --file prices.pdf', "ask about a document"],
    ["cat question.txt | orrery run Reader --json", "read the question from a pipe and answer with JSON"],
    [
      'orrery executions tail "$(orrery run Reader "And now?" --no-wait)"',
      "ask now, and follow it from anywhere",
    ],
    [
      'orrery run Writer "And in French?" --session 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87',
      "go on with a conversation",
    ],
  ],
  async run(session, options, idOrName, given) {
    const { terminal, client } = session;
    const attachments = await readAttachments(options.file ?? [], terminal.cwd);
    const input = await interruptible(terminal, (signal) => readInput(terminal, given, signal));
    const agent = await findAgent(client, idOrName);
    const order: ExecutionOptions = {
      attachments,
      ...(options.session !== undefined && { sessionId: options.session }),
      ...(options.var !== undefined && { variables: options.var }),
    };
    if (!options.wait) {
      const id = await client.executions.start(agent.id, input, order);
      session.show({ id }, () => `${id}\n`);
      return;
    }
    const stream = await interruptible(terminal, (signal) =>
      client.executions.stream(agent.id, input, { ...order, signal }),
    );

    const isStreaming = options.stream ?? (terminal.stdout.isTTY === true && !session.json);
    const printer = new AnswerPrinter(session);
    const { execution, wasCancelledHere } = await followToEnd(session, stream, (chunk) => {
      if (!isStreaming) return;
      if (session.json) session.jsonLine(chunk);
      else printer.print(chunk);
    });

    if (session.json) {
      if (isStreaming) session.jsonLine({ type: "execution", execution });
      else session.show(execution, () => "");
    } else if (isStreaming) printer.end();
    else if (execution.output !== undefined) session.write(`${printable(execution.output).trimEnd()}\n`);
    session.remark(summary(execution));
    expectAnswer(execution, wasCancelledHere);
  },
});
