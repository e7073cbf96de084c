import { createHash } from "node:crypto";
import { env } from "cloudflare:workers";
import { newId } from "@orrery/protocol";
import { describe, expect, it } from "vitest";
import type { Vault } from "../security/index.ts";
import { DocumentStore, type DocumentBucket } from "./document-store.ts";
import manual from "./fixtures/station-manual.pdf?inline";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const page = (text: string) => ({ name: "p.html", mediaType: "text/html", bytes: bytes(text) });
const store = new DocumentStore(env.FILES);

describe("documents of an agent", () => {
  it("have the same id for the same bytes, and each its own copy", async () => {
    const agent = newId();
    const first = await store.put(agent, page("<p>Hello"));
    const second = await store.put(agent, { ...page("<p>Hello"), name: "again.html" });
    const hash = createHash("sha256").update("<p>Hello").digest("hex");
    expect(first).toMatchObject({ size: 8, name: "p.html", id: hash.slice(0, 32) });
    expect(second).toMatchObject({ id: first.id, name: "again.html" });
    expect(second.key).not.toBe(first.key);
    await store.text(first);
    await store.delete([first]);
    await store.delete([first]);
    await expect(store.bytes(first)).rejects.toMatchObject({ code: "not_found" });
    expect(await store.bytes(second)).toEqual(bytes("<p>Hello"));
    expect((await env.FILES.list({ prefix: `agents/${agent}/` })).objects).toHaveLength(1);
  });

  it("have a text that is read once and then kept", async () => {
    const document = await store.put(newId(), page("<p>Hello <b>there</b>"));
    expect(await store.text(document)).toBe("Hello there");
    await env.FILES.put(`${document.key}.txt`, "as it was read");
    expect(await store.text(document)).toBe("as it was read");
  });

  it("leave no text behind where they are deleted while it is read", async () => {
    const document = await store.put(newId(), page("<p>Hello"));
    const deleting: DocumentBucket = {
      get: async (key: string) => {
        const found = await env.FILES.get(key);
        if (found) await env.FILES.delete(key);
        return found;
      },
      head: (key) => env.FILES.head(key),
      put: (...given: Parameters<R2Bucket["put"]>) => env.FILES.put(...given),
      list: (options) => env.FILES.list(options),
      delete: (keys) => env.FILES.delete(keys),
    };
    expect(await new DocumentStore(deleting).text(document)).toBe("Hello");
    expect(await env.FILES.head(`${document.key}.txt`)).toBeNull();
  });

  it("that were sealed leave no readable text where their agent is removed while it is read", async () => {
    const agent = newId();
    const vault: Vault = { seal: (plain) => plain, open: (sealed) => sealed };
    let asked = 0;
    // By the third time nobody knows any more that the agent was confidential.
    const leaving = new DocumentStore(env.FILES, () => Promise.resolve((asked += 1) <= 3 ? vault : null));
    const document = await leaving.put(agent, page("<p>Hello"));
    await expect(leaving.text(document)).rejects.toMatchObject({ code: "not_found" });
    expect((await env.FILES.list({ prefix: `agents/${agent}/` })).objects).toHaveLength(1);
  });

  it("may be PDFs, which are read in the worker itself", async () => {
    const [, base64 = ""] = manual.split(",");
    const pdf = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const document = await store.put(newId(), { name: "m.pdf", mediaType: "application/pdf", bytes: pdf });
    const text = await store.text(document);
    expect(text.split("\f")).toHaveLength(5);
    expect(text).toContain("E31 | Satellite modem does not answer | Check the antenna cable");
  });

  it("are all gone after deletion, with their texts, and nobody else's", async () => {
    const [agent, other] = [newId(), newId()];
    const kept = await store.put(other, page("<p>Other"));
    const gone = await store.put(agent, page("<p>0"));
    await store.text(gone);
    for (let number = 0; number < 1_050; number += 50) {
      const keys = Array.from({ length: 50 }, (_, at) => `agents/${agent}/documents/${number + at}`);
      await Promise.all(keys.map(async (key) => await env.FILES.put(key, "x")));
    }
    await store.deleteAll(agent);
    expect((await env.FILES.list({ prefix: `agents/${agent}/` })).objects).toEqual([]);
    expect(await store.text(kept)).toBe("Other");
    await expect(store.text(gone)).rejects.toMatchObject({ code: "not_found" });
  });
});
