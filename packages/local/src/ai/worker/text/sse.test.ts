import fc from "fast-check";
import { expect, it } from "vitest";
import { sseData } from "./sse.ts";

async function read(bytes: Uint8Array, cuts: number[]): Promise<string[]> {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const [index, from] of at.entries()) controller.enqueue(bytes.slice(from, at[index + 1] ?? from));
      controller.close();
    },
  });
  const events: string[] = [];
  for await (const data of sseData(body)) events.push(data);
  return events;
}

it("reads the same events however the bytes are cut", async () => {
  const text = ': hello\n\nevent: x\ndata: {"a":"é🙂"}\n\ndata:one\r\ndata: two\r\n\r\ndata: [DONE]\n\n';
  const bytes = new TextEncoder().encode(text);
  const whole = ['{"a":"é🙂"}', "one\ntwo", "[DONE]"];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { maxLength: 12 }), async (cuts) => {
      expect(await read(bytes, cuts)).toEqual(whole);
    }),
  );
});
