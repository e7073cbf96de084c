/** Pictures in a conversation, on each wire. */
import type { ModelMessage } from "ai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { drawImage } from "../providers/offline/draw.ts";
import { Upstream, wires } from "../testing/aimock.ts";
import { answerOf, asking, transportOf } from "../testing/asking.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { base64Of } from "../wire/parts.ts";

const upstream = new Upstream();
beforeAll(() => upstream.start());
afterAll(() => upstream.stop());
beforeEach(() => upstream.reset());

describe.each(wires)("$name", (wire) => {
  const ask = (parts: object[]) => {
    const clock = new ManualClock();
    // The parts are what a test is about: each says itself what it is.
    const messages = [
      { role: "user", content: [{ type: "text", text: "look" }, ...parts] },
    ] as ModelMessage[];
    return answerOf(upstream.provider(wire, transportOf(clock)), asking(wire.model, "", { messages }));
  };
  it("shows a picture given as bytes, base64 or data URL, and answers about it", async () => {
    upstream.mock.onMessage("look", { content: "A small planetary system." });
    const bytes = await drawImage({ prompt: "a blue evening", width: 64 });
    const base64 = base64Of(bytes);
    for (const part of [
      { type: "image", image: bytes },
      { type: "image", image: base64, mediaType: "image/png" },
      { type: "file", data: `data:image/png;base64,${base64}`, mediaType: "image/png" },
      { type: "file", data: { type: "data", data: bytes }, mediaType: "image/png" },
    ]) {
      expect(await ask([part])).toMatchObject({ error: undefined, text: "A small planetary system." });
    }
  });

  it("passes on the address of a picture", async () => {
    upstream.mock.onMessage("look", { content: "I see." });
    const answered = await ask([{ type: "image", image: "https://example.com/a.png" }]);
    expect(answered).toMatchObject({ error: undefined, text: "I see." });
  });

  it("refuses what no model of this kind reads, before anything is sent", async () => {
    const answered = await ask([{ type: "file", data: "AAAA", mediaType: "application/zip" }]);
    expect(answered.error).toMatchObject({ code: "invalid_request", retryable: false });
    expect(String(answered.error)).toContain("application/zip");
    expect(upstream.server.requests).toBe(0);
  });
});
