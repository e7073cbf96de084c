/**
 * Embeddings and images, on each wire that has them. aimock has neither Gemini's `batchEmbedContents` nor its
 * image models: the server before it puts them together from what aimock has (`embedContent`, Imagen).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { drawImage } from "../providers/offline/draw.ts";
import { faults, Upstream, wires } from "../testing/aimock.ts";
import { failureOf, limits, transportOf } from "../testing/asking.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { base64Of } from "../wire/parts.ts";

const upstream = new Upstream();
beforeAll(() => upstream.start());
afterAll(() => upstream.stop());
beforeEach(() => upstream.reset());

const { signal } = new AbortController();

describe.each(wires.filter((wire) => wire.embedding === null))("$name", (wire) => {
  it("makes no embeddings and no images", () => {
    const provider = upstream.provider(wire, transportOf(new ManualClock()));
    expect("embed" in provider || "image" in provider).toBe(false);
  });
});

describe.each(wires.filter((wire) => wire.embedding !== null))("$name", (wire) => {
  const embed = async (values: string[], clock = new ManualClock()) => {
    const provider = upstream.provider(wire, transportOf(clock));
    return await provider.embed?.({ model: wire.embedding ?? "", values, signal });
  };
  const draw = async (prompt: string, clock = new ManualClock(), more = {}) => {
    const provider = upstream.provider(wire, transportOf(clock));
    return await provider.image?.({ model: wire.image ?? "", prompt, signal, ...more });
  };

  it("embeds each text, in order", async () => {
    // aimock makes a vector of each text; Gemini's it makes one by one, so that they can be told apart.
    const one = await embed(["first"]);
    const other = await embed(["second"]);
    const both = await embed(["second", "first"]);
    expect(one?.embeddings[0]?.length).toBeGreaterThan(100);
    expect(both?.embeddings).toEqual([other?.embeddings[0], one?.embeddings[0]]);
  });

  it("draws a picture", async () => {
    const bytes = await drawImage({ prompt: "anything", width: 64 });
    upstream.mock.onImage("anything", { image: { b64Json: base64Of(bytes) } });
    const made = await draw("anything", undefined, { width: 300, height: 200 });
    expect(made?.mediaType).toBe("image/png");
    expect(made?.bytes).toEqual(bytes);
  });

  it.each(faults.filter((fault) => fault.streamed === undefined))("bears $name", async (fault) => {
    for (const ask of [embed, draw]) {
      upstream.reset();
      upstream.mock.onImage("anything", { image: { b64Json: "iVBORw0KGgo=" } });
      const clock = new ManualClock();
      fault.begin(upstream);
      const stuck = upstream.server.stuck();
      const failure =
        ask === embed ? failureOf(embed(["anything"], clock)) : failureOf(draw("anything", clock));
      if (fault.silent === true) {
        await stuck;
        // Twice as long, as images get.
        clock.advance(limits.firstByteMs * 2);
      }
      expect(await failure).toMatchObject(fault.error);
      expect(String(await failure)).not.toContain("secret");
      expect(clock.pending).toBe(0);
    }
  });
});
