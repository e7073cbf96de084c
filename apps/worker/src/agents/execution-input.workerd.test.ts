import type { CreateExecution } from "@orrery/protocol";
import { describe, expect, it } from "vitest";
import { storeDocument, storeDocuments } from "./execution-input.ts";

const files = { head: async () => null, put: async () => null } as unknown as R2Bucket;
const publicNetwork = { fetch: async () => new Response("gone", { status: 404 }) } as unknown as Fetcher;

const store = (request: CreateExecution) =>
  storeDocuments({ FILES: files, PUBLIC_NETWORK: publicNetwork }, "a", request, async () => null);

const refusal = (path: string, message: RegExp) =>
  expect.objectContaining({
    code: "invalid_request",
    status: 422,
    errors: [{ path, message: expect.stringMatching(message) as string }],
  }) as Error;

const text = { type: "text" as const, text: "?" };
const file = (url: string, filename?: string) => ({
  type: "file" as const,
  mediaType: "text/plain",
  url,
  ...(filename !== undefined && { filename }),
});
const attachment = (url: string) => ({ name: "a.txt", mediaType: "text/plain", url });

describe("a document that cannot be had is refused by the field that names it", () => {
  it.each([
    ["data:nonsense", /expected data:/],
    ["data:text/plain;base64,***", /is not base64/],
    ["data:text/plain,%zz", /is not percent-encoded/],
    ["data:text/plain,", /has no bytes/],
    ["https://10.0.0.1/x.txt", /not on the public internet/],
    ["ftp://example.com/x.txt", /https:\/\//],
    ["https://example.com/x.txt", /answered 404/],
  ])("in the input: %s", async (url, message) => {
    await expect(store({ input: [text, text, file(url)] })).rejects.toThrow(refusal("input.2.url", message));
  });

  it("among the attachments", async () => {
    const attachments = [
      { name: "b.txt", mediaType: "text/plain", data: "YQ==" },
      attachment("https://localhost/x.txt"),
    ];
    await expect(store({ input: "?", attachments })).rejects.toThrow(
      refusal("attachments.1.url", /not on the public internet/),
    );
  });
});

it("a document that is given by itself is refused by its own field", async () => {
  const env = { FILES: files, PUBLIC_NETWORK: publicNetwork };
  const given = storeDocument(env, "a", attachment("https://localhost/x.txt"), async () => null);
  await expect(given).rejects.toThrow(refusal("url", /not on the public internet/));
});

it("files without a name are numbered among the files", async () => {
  const input = [text, file("data:,a"), text, file("data:,b", "named.txt"), file("data:,c")];
  const { documents } = await store({ input });
  expect(documents.map(({ name }) => name)).toEqual(["file-1", "named.txt", "file-3"]);
});
