import type { Model } from "@orrery/client";
import { Option, defineCommand } from "../command.ts";
import { dollars, duration } from "../output/units.ts";

interface Options {
  usable?: true;
  provider?: string;
}

export const list = defineCommand<[], Options>({
  name: "list",
  isDefault: true,
  summary: "list models, whether each can be used now and why not",
  options: [
    new Option("--usable", "only those that can be used now"),
    new Option("--provider <name>", "only those of one provider"),
  ],
  examples: [
    ["orrery models list --usable", "what an agent can be given right now"],
    ["orrery models list --provider ollama", "what a model server on this machine offers"],
  ],
  async run(session, options) {
    const found = (await session.client.models.list()).filter(
      (model) =>
        (options.usable !== true || model.usable) &&
        (options.provider === undefined || model.provider === options.provider),
    );
    // What only stands in for a model comes after all that is one.
    const items = [...found.filter((model) => !standsIn(model)), ...found.filter(standsIn)];
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
        { heading: "P50", optional: true, value: ({ health }) => span(health.latencyP50), align: "right" },
        { heading: "P95", optional: true, value: ({ health }) => span(health.latencyP95), align: "right" },
        {
          heading: "USABLE",
          value: usability,
          paint: ({ usable }, text) => (usable ? session.style.green(text) : session.style.dim(text)),
          elastic: true,
        },
      ]),
    );
    if (items.length === 0) session.remark("No model matches.");
  },
});

/** Whether something on this machine answers in the model's place, as the platform says in its name. */
const standsIn = ({ name }: Model): boolean => name.endsWith("(stand-in)");

/** A model whose calls keep failing is usable in principle, and left alone for now. */
function usability(model: Model): string {
  const { usable, reason, health } = model;
  if (!usable) return reason ?? "no";
  if (standsIn(model)) return "stand-in, answered on this machine";
  if (health.breaker === "closed") return "yes";
  return health.breaker === "open" ? "paused: its calls keep failing" : "being tried again";
}

const span = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : duration(milliseconds);

const price = ({ price: given }: Model, of: "inputMicros" | "outputMicros"): string | null =>
  given && dollars(given[of]);
