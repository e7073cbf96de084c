import type { EventsGap, LiveEvent } from "@orrery/client";
import { findAgent } from "../agents/index.ts";
import { Argument, Option, defineCommand } from "../command.ts";
import { UsageError } from "../failure.ts";
import { followEvents } from "../follow-events.ts";
import { assertId } from "../ids.ts";
import { oneLine } from "../output/text.ts";
import { AnswerPrinter } from "../run/answer-printer.ts";
import { expectAnswer, summary } from "../run/follow.ts";
import { interruptible, type Session } from "../session.ts";

interface Options {
  agent?: string;
}

export const tail = defineCommand<[id: string | undefined], Options>({
  name: "tail",
  summary: "follow an execution's answer, or everything that happens",
  description:
    "With an id, follows that execution from its beginning to its end. Without, prints what happens in the workspace until Ctrl-C. " +
    "Leaving changes nothing: what is followed goes on.",
  arguments: [new Argument("[id]", "the execution's id")],
  options: [new Option("--agent <agent>", "without an id: only what happens to this agent")],
  examples: [
    ["orrery executions tail", "watch the workspace live"],
    [
      "orrery executions tail 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87",
      "watch one answer, also one that has ended",
    ],
  ],
  async run(session, options, id) {
    if (id === undefined) return tailEvents(session, options.agent);
    if (options.agent !== undefined)
      throw new UsageError("An execution's id says which agent it is: leave --agent out.");
    assertId(id, "execution", "orrery executions list");
    return tailExecution(session, id);
  },
});

async function tailExecution(session: Session, id: string): Promise<void> {
  const printer = new AnswerPrinter(session);
  const execution = await interruptible(session.terminal, async (signal) => {
    const stream = await session.client.executions.follow(id, { signal });
    for await (const chunk of stream) {
      if (session.json) session.jsonLine(chunk);
      else printer.print(chunk);
    }
    return stream.final();
  });
  if (session.json) session.jsonLine({ type: "execution", execution });
  else printer.end();
  session.remark(summary(execution));
  expectAnswer(execution, false);
}

async function tailEvents(session: Session, agent: string | undefined): Promise<void> {
  const agentId = agent === undefined ? undefined : (await findAgent(session.client, agent)).id;
  await followEvents(session, { agentId }, (event) => {
    if (session.json) session.jsonLine(event);
    else session.write(eventLine(event, session));
  });
}

function eventLine(event: LiveEvent | EventsGap, { style }: Session): string {
  if (event.type === "gap") return style.yellow("Some events were missed.\n");
  const subject = event.executionId ?? event.agentId ?? "";
  const details = Object.entries(event.data)
    .filter(([, value]) => typeof value === "string" || typeof value === "number")
    .map(([name, value]) => `${name}=${oneLine(String(value))}`);
  return `${style.dim(event.at)}  ${event.type.padEnd(20)}  ${subject}  ${style.dim(details.join(" "))}\n`;
}
