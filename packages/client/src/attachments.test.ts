import * as fc from "fast-check";
import { expect, test } from "vitest";
import { toAttachment, toBase64 } from "./attachments.ts";

test("bytes of any length are encoded as base64 encodes them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
    }),
  );
  const large = new Uint8Array(100_001).map((_, at) => at % 251);
  expect(toBase64(large)).toBe(Buffer.from(large).toString("base64"));
});

test("a document may be bytes, a buffer, base64, a blob, a file or an address", async () => {
  const bytes = new TextEncoder().encode("hi");
  const wire = { name: "a.txt", mediaType: "text/plain", data: "aGk=" };
  expect(await toAttachment({ name: "a.txt", mediaType: "text/plain", data: bytes })).toEqual(wire);
  expect(await toAttachment({ name: "a.txt", mediaType: "text/plain", data: bytes.slice().buffer })).toEqual(
    wire,
  );
  expect(await toAttachment({ name: "a.txt", mediaType: "text/plain", data: "aGk=" })).toEqual(wire);
  const blob = new Blob([bytes], { type: "text/plain" });
  expect(await toAttachment({ name: "a.txt", data: blob })).toEqual(wire);
  expect(await toAttachment(new File([bytes], "a.txt", { type: "text/plain" }))).toEqual(wire);
  const address = { name: "a.txt", mediaType: "text/plain", url: "https://example.com/a.txt" };
  expect(await toAttachment(address)).toEqual(address);
});

test("what has no media type is plain bytes", async () => {
  expect(await toAttachment(new File(["x"], "x"))).toMatchObject({ mediaType: "application/octet-stream" });
});
