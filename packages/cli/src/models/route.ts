import type { RouteDecision } from "@orrery/client";
import { Argument, Option, defineCommand, numeric } from "../command.ts";
import { oneLine } from "../output/text.ts";
import { counted } from "../output/units.ts";
import type { Session } from "../session.ts";

interface Options {
  task?: RouteDecision["task"];
  inputTokens: number;
  maxTokens: number;
  tools?: true;
  vision?: true;
  jsonAnswer?: true;
  explain?: true;
}

const tasks = ["chat", "code", "sql", "extract", "classify", "vision", "image", "embed"];
const tokens = { min: 1, max: 1_000_000, whole: true } as const;

export const route = defineCommand<[model: string], Options>({
  name: "route",
  summary: "show which model a name would choose now, and why",
  description: "Nothing is asked of any model, and nothing is spent.",
  arguments: [new Argument("[model]", "a routing name such as auto:cheap, or a model's id").default("auto")],
  options: [
    new Option("--task <task>", "what it is to do").choices(tasks),
    numeric(new Option("--input-tokens <number>", "tokens that it is to read").default(1_000), {
      ...tokens,
      max: 100_000_000,
    }),
    numeric(new Option("--max-tokens <number>", "tokens that it may write").default(1_024), tokens),
    new Option("--tools", "it must be able to call tools"),
    new Option("--vision", "it must be able to see images"),
    new Option("--json-answer", "it must answer in JSON that follows a schema"),
    new Option("--explain", "show the candidates, their scores, and why the others fell out"),
  ],
  examples: [
    ["orrery models route auto:cheap", "what the cheapest sensible model is right now"],
    ["orrery models route auto --task code --tools --explain", "the candidates for an agent that programs"],
  ],
  async run(session, { task, inputTokens, maxTokens, tools, vision, jsonAnswer, explain }, model) {
    const decision = await session.client.models.route({
      model,
      ...(task && { task }),
      inputTokens,
      maxTokens,
      tools: tools === true,
      vision: vision === true,
      json: jsonAnswer === true,
    });
    session.show(
      decision,
      () => `${headline(decision)}${explain === true ? explained(decision, session) : ""}`,
    );
  },
});

const reasons: Readonly<Record<RouteDecision["why"], string>> = {
  named: "it was asked for by name",
  routed: "it scored best",
  explored: "little is known of it yet, and it is being tried",
  fallback: "the one before it failed",
};

const falls: Readonly<Record<keyof RouteDecision["excluded"], string>> = {
  unavailable: "cannot be used here",
  kind: "of another kind",
  not_allowed: "not allowed",
  region: "in another region",
  capability: "without what it takes",
  context: "too small",
  budget: "too dear",
  breaker_open: "failing",
  failed: "failed for this call",
};

const headline = ({ requested, chosen, why }: RouteDecision): string =>
  `${oneLine(requested)} → ${oneLine(chosen)}: ${reasons[why]}\n`;

function explained({ chosen, candidates, excluded }: RouteDecision, session: Session): string {
  const table = session.table(candidates, [
    {
      heading: "MODEL",
      value: ({ model }) => model,
      paint: ({ model }, text) => (model === chosen ? session.style.green(text) : text),
    },
    { heading: "SCORE", value: ({ score }) => score?.toFixed(3), align: "right" },
    {
      heading: "OUT BECAUSE",
      value: ({ excluded: reason, detail }) => detail ?? (reason && falls[reason]),
      elastic: true,
    },
  ]);
  const counts = Object.entries(excluded).map(
    // Its keys are those of the table above, by its type.
    ([reason, count]) => `${counted(count, "model")} ${falls[reason as keyof typeof falls]}`,
  );
  return `\n${table}${counts.length > 0 ? `\nFell out: ${counts.join(", ")}\n` : ""}`;
}
