import type { Model } from "@orrery/client";
import { Option, defineCommand } from "../command.ts";
import { dollars } from "../output/units.ts";

interface Options {
  usable?: true;
  provider?: string;
}

export const models = defineCommand<[], Options>({
  name: "models",
  summary: "list models, whether each can be used now and why not",
  options: [
    new Option("--usable", "only those that can be used now"),
    new Option("--provider <name>", "only those of one provider"),
  ],
  examples: [
    ["orrery models --usable", "what an agent can be given right now"],
    ["orrery models --provider ollama", "what a model server on this machine offers"],
  ],
  async run(session, options) {
    const items = (await session.client.models.list()).filter(
      (model) =>
        (options.usable !== true || model.usable) &&
        (options.provider === undefined || model.provider === options.provider),
    );
    session.show({ items, nextCursor: null }, () =>
      session.table(items, [
        { heading: "MODEL", value: ({ id }) => id },
        { heading: "KIND", optional: true, value: ({ kind }) => kind },
        {
          heading: "CONTEXT",
          optional: true,
          value: ({ contextTokens }) => contextTokens?.toLocaleString("en"),
          align: "right",
        },
        { heading: "IN/M", optional: true, value: (model) => price(model, "inputMicros"), align: "right" },
        { heading: "OUT/M", optional: true, value: (model) => price(model, "outputMicros"), align: "right" },
        {
          heading: "USABLE",
          value: ({ usable, reason }) => (usable ? "yes" : (reason ?? "no")),
          paint: ({ usable }, text) => (usable ? session.style.green(text) : session.style.dim(text)),
          elastic: true,
        },
      ]),
    );
    if (items.length === 0) session.remark("No model matches.");
  },
});

const price = ({ price: given }: Model, of: "inputMicros" | "outputMicros"): string | null =>
  given && dollars(given[of]);
