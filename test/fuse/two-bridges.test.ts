/** Two bridges of one workspace that hear the same channels. */
import { expect, it } from "vitest";
import { aWhile, begin, channelsIn } from "./surroundings.ts";

it.each(["pubsub", "streams"] as const)(
  "a task for whoever can do it is done by an agent of one of them (%s)",
  async (mode) => {
    const around = await begin();
    try {
      for (const name of ["one", "two"]) {
        const bridgeId = await around.bridge({ name, namespace: name, channels: channelsIn(mode) });
        await around.agent(bridgeId, `${name}-agent`, { capabilities: ["sums", `${name}-only`] });
      }
      const dispatcher = await around.dispatcher({ mode });
      const ids = Array.from({ length: 40 }, (_, index) => `open-${index}`);
      await Promise.all(ids.map((id) => dispatcher.task(`Do ${id}`, { id, capability: "sums" })));
      await dispatcher.bareTask({ id: "bare", type: "sums", payload: "Do it" });
      await dispatcher.task("Do it", { id: "one-can", capability: "one-only" });
      await dispatcher.task("Do it", { id: "two-can", capability: "two-only" });
      const all = [...ids, "bare", "one-can", "two-can"];
      for (const id of all) await dispatcher.result(id);
      await aWhile(1_000);
      expect(all.filter((id) => dispatcher.resultsOf(id).length !== 1)).toEqual([]);
    } finally {
      await around.stop();
    }
  },
);
