import type { Model } from "@orrery/client";
import { fail, ok, warn, type Check } from "./check.ts";

/** Which providers of models can be used now. */
export const providers: Check = {
  name: "models",
  needs: "token",
  async run({ client }) {
    const byProvider = new Map<string, Model[]>();
    for (const model of await client.models.list()) {
      byProvider.set(model.provider, [...(byProvider.get(model.provider) ?? []), model]);
    }
    const usable = [...byProvider].filter(([, models]) => models.some((model) => model.usable));
    if (usable.length === 0) return [fail("no model can be used", "`orrery models` says why not.")];
    const detail = usable
      .map(([name, models]) => `${name} (${models.filter((model) => model.usable).length})`)
      .join(", ");
    const isOfflineOnly = usable.every(([, models]) =>
      models.every((model) => model.extractive || !model.usable),
    );
    return [
      isOfflineOnly
        ? warn(
            `${detail}: only extracts, no language model`,
            "Set OPENAI_API_KEY, ANTHROPIC_API_KEY or GOOGLE_API_KEY, or start Ollama; then start the platform again.",
          )
        : ok(detail),
    ];
  },
};
