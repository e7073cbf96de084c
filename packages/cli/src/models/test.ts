import { Argument, Option, defineCommand, numeric } from "../command.ts";
import { interruptible } from "../session.ts";
import { oneLine, printable } from "../output/text.ts";
import { dollars, duration } from "../output/units.ts";

interface Options {
  maxTokens: number;
}

export const test = defineCommand<[model: string, prompt: string], Options>({
  name: "test",
  summary: "ask a model one question and show what came of it",
  description:
    "Asks a model directly, without an agent, and shows its answer, how long it took and what it cost. " +
    "A failure says whose fault it is.",
  arguments: [
    new Argument("<model>", "a model's id, or a routing name such as auto:cheap"),
    new Argument("[prompt]", "what to ask").default("Say in one sentence what an orrery is."),
  ],
  options: [
    numeric(new Option("--max-tokens <number>", "tokens that the answer may have").default(256), {
      min: 1,
      max: 1_000_000,
      whole: true,
    }),
  ],
  examples: [
    ["orrery models test offline/extract", "that the platform answers at all"],
    ["orrery models test openai/gpt-6-luna", "that the key is right and the provider answers"],
  ],
  async run(session, { maxTokens }, model, prompt) {
    const result = await interruptible(session.terminal, (signal) =>
      session.client.models.generate({ model, input: prompt, maxTokens }, { signal }),
    );
    session.show(result, () => {
      const call = result.calls.at(-1);
      const cost = result.calls.reduce((sum, { costMicros }) => sum + costMicros, 0);
      const facts = session.facts([
        ["model", oneLine(result.model)],
        ["first token", call?.firstTokenMs !== undefined ? duration(call.firstTokenMs) : undefined],
        ["took", call && duration(call.latencyMs)],
        ["tokens", call && `${call.inputTokens} in, ${call.outputTokens} out`],
        ["attempts", result.calls.length > 1 ? result.calls.length : undefined],
        ["cost", dollars(cost)],
        ["note", result.extractive ? "no language model: it only quotes what it is given" : undefined],
      ]);
      return `${printable(result.text).trimEnd()}\n\n${facts}`;
    });
  },
});
