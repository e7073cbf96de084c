import { expect, it } from "vitest";
import { limits } from "../testing/asking.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { refusalOf } from "./request.ts";
import { Watch } from "./watch.ts";

const from = { provider: "lab", keyVariable: "LAB_KEY", secrets: [] };

it("reads no more of a refusal than it needs, and lets go of the rest", async () => {
  let sent = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1;
      controller.enqueue(new TextEncoder().encode("no ".repeat(10_000)));
    },
    cancel: () => void (cancelled = true),
  });
  const watch = new Watch("lab", new AbortController().signal, new ManualClock(), limits);
  const refusal = await refusalOf(from, new Response(body, { status: 503 }), watch);
  expect(refusal.message).toMatch(/^lab failed with status 503: no no .*…$/);
  expect(sent).toBeLessThan(6);
  expect(cancelled).toBe(true);
});

it("says as much as the status does, and what came of the body, where the body breaks", async () => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("too many")),
    pull: (controller) => controller.error(new Error("broken")),
  });
  const watch = new Watch("lab", new AbortController().signal, new ManualClock(), limits);
  const refusal = await refusalOf(from, new Response(body, { status: 429 }), watch);
  expect(refusal).toMatchObject({ code: "rate_limited", message: "lab is limiting our requests: too many" });
});
