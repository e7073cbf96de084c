import { newId } from "@orrery/protocol";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DocumentStore, type DocumentBucket } from "./document-store.ts";

let miniflare: Miniflare;
let bucket: DocumentBucket;
beforeAll(async () => {
  miniflare = new Miniflare({
    modules: true,
    script: "export default {}",
    compatibilityDate: "2026-11-01",
    r2Buckets: ["FILES"],
  });
  // The same R2 as the worker's, seen from Node, where its types are Miniflare's own.
  bucket = (await miniflare.getR2Bucket("FILES")) as unknown as DocumentBucket;
});
afterAll(async () => {
  await miniflare.dispose();
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const page = (text: string) => ({ name: "p.html", mediaType: "text/html", bytes: bytes(text) });

describe("documents of an agent", () => {
  it("are kept under their hash, once for the same bytes", async () => {
    const store = new DocumentStore(bucket);
    const agent = newId();
    const first = await store.put(agent, page("<p>Hello"));
    const second = await store.put(agent, { ...page("<p>Hello"), name: "again.html" });
    expect(first.key).toBe(`agents/${agent}/documents/${first.sha256}`);
    expect(first).toMatchObject({ size: 8, name: "p.html", id: first.sha256.slice(0, 32) });
    expect(second).toMatchObject({ id: first.id, key: first.key, name: "again.html" });
    expect((await bucket.list({ prefix: `agents/${agent}/` })).objects).toHaveLength(1);
    expect(await store.bytes(first)).toEqual(bytes("<p>Hello"));
  });

  it("have a text that is read once and then kept", async () => {
    const store = new DocumentStore(bucket);
    const document = await store.put(newId(), page("<p>Hello <b>there</b>"));
    expect(await store.text(document)).toBe("Hello there");
    await bucket.put(`${document.key}.txt`, "as it was read");
    expect(await store.text(document)).toBe("as it was read");
  });

  it("are all gone after deletion, with their texts, and nobody else's", async () => {
    const store = new DocumentStore(bucket);
    const [agent, other] = [newId(), newId()];
    const kept = await store.put(other, page("<p>Other"));
    const gone = await store.put(agent, page("<p>0"));
    await store.text(gone);
    await Promise.all(
      Array.from({ length: 1_100 }, async (_, number) => {
        await bucket.put(`agents/${agent}/documents/${number}`, "x");
      }),
    );
    await store.deleteAll(agent);
    expect((await bucket.list({ prefix: `agents/${agent}/` })).objects).toEqual([]);
    expect(await store.text(kept)).toBe("Other");
    await expect(store.text(gone)).rejects.toMatchObject({ code: "not_found" });
  });
});
