/** The offline models where they run: what they need of the runtime is there, and gives the same. */
import { describe, expect, it } from "vitest";
import { offlineProvider } from "./index.ts";

const { signal } = new AbortController();

describe("offline models on workerd", () => {
  it("embed and draw", async () => {
    const provider = offlineProvider();
    const embedded = await provider.embed?.({ model: "hash-768", values: ["The quick brown fox"], signal });
    expect(embedded?.embeddings[0]).toHaveLength(768);
    const made = await provider.image?.({ model: "draw", prompt: "a blue evening", width: 64, signal });
    expect(Array.from(made?.bytes.subarray(0, 4) ?? [])).toEqual([0x89, 0x50, 0x4e, 0x47]);
    const again = await provider.image?.({ model: "draw", prompt: "a blue evening", width: 64, signal });
    expect(again?.bytes).toEqual(made?.bytes);
  });
});
