import { env } from "cloudflare:workers";
import { CreateKey, type KeyHolder, PublicJwk, newId, valueOf } from "@orrery/protocol";
import { CompactEncrypt, type JWK, compactDecrypt, exportJWK, generateKeyPair } from "jose";
import { describe, expect, it } from "vitest";
import { keyRingOf } from "../keys/key-ring.ts";
import { keyringFor } from "../keys/keyring.ts";
import { RingLease } from "../keys/ring-lease.ts";
import { messageEncryption } from "./message-encryption.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);
const refusal = (why: string): Error =>
  expect.objectContaining({
    code: "invalid_request",
    message: expect.stringContaining(why) as string,
  }) as Error;

function workspace() {
  const id = newId();
  const object = env.KEYRINGS.getByName(id);
  const ring = keyRingOf(env, id);
  const make = async (holder: KeyHolder, more: Partial<CreateKey> = {}) =>
    valueOf(
      await ring.create(CreateKey.parse({ use: "encrypt", algorithm: "ECDH-ES+A256KW", holder, ...more })),
    );
  /** The keys as an isolate has them that asks anew each time, and whose clock is `now`. */
  const isolate = (now = Date.now) => messageEncryption(new RingLease(() => object, now), now);
  return { ring, object, make, isolate, keyring: keyringFor({ ...env }, id) };
}

describe.each(["P-256", "X25519"] as const)("an agent with a key on %s", (curve) => {
  it("reads what was encrypted to it, and no other agent does", async () => {
    const { make, keyring } = workspace();
    const [ada, ben] = [newId(), newId()];
    const key = await make({ kind: "agent", agentId: ada }, { curve });
    await make({ kind: "agent", agentId: ben }, { curve });
    expect(key.publicJwk?.crv).toBe(curve);
    const jwe = await keyring.encryptTo({ agentId: ada }, bytes("for Ada"));
    expect(text(await keyring.decryptFor(ada, jwe))).toBe("for Ada");
    await expect(keyring.decryptFor(ben, jwe)).rejects.toEqual(refusal("not this agent's"));
  });
});

describe("encrypted messages", () => {
  it("go to peers by the names they sign with, and only to those whose key is known", async () => {
    const { make, isolate } = workspace();
    const { publicKey, privateKey } = await generateKeyPair("ECDH-ES+A256KW", { crv: "X25519" });
    expect(await isolate().canEncryptTo({ peer: "planner" })).toBe(false);
    await expect(isolate().encryptTo({ peer: "planner" }, bytes("x"))).rejects.toMatchObject({
      code: "not_found",
    });
    const publicJwk = PublicJwk.parse(await exportJWK(publicKey));
    await make({ kind: "peer", name: "planner" }, { id: "planner-1", publicJwk });
    expect(await isolate().canEncryptTo({ peer: "planner" })).toBe(true);
    const jwe = await isolate().encryptTo({ peer: "planner" }, bytes("for the planner"));
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, privateKey);
    expect([text(plaintext), protectedHeader.kid]).toEqual(["for the planner", "planner-1"]);
  });

  it("are read under the old key until its overlap is over, and are written under the new one", async () => {
    const { make, ring, isolate } = workspace();
    const agentId = newId();
    const first = await make({ kind: "agent", agentId });
    const before = await isolate().encryptTo({ agentId }, bytes("before"));
    const second = valueOf(await ring.rotate(first.id, 60));
    const after = await isolate().encryptTo({ agentId }, bytes("after"));
    expect(second.id).not.toBe(first.id);
    expect(text(await isolate().decryptFor(agentId, before))).toBe("before");
    expect(text(await isolate().decryptFor(agentId, after))).toBe("after");
    const later = (): number => Date.now() + 61_000;
    await expect(isolate(later).decryptFor(agentId, before)).rejects.toEqual(refusal("is no more"));
    expect(text(await isolate(later).decryptFor(agentId, after))).toBe("after");
  });

  it("are closed for good where their key was retired", async () => {
    const { make, ring, isolate } = workspace();
    const agentId = newId();
    const key = await make({ kind: "agent", agentId });
    const jwe = await isolate().encryptTo({ agentId }, bytes("x"));
    valueOf(await ring.retire(key.id));
    await expect(isolate().decryptFor(agentId, jwe)).rejects.toEqual(refusal("is no more"));
    expect(await isolate().canEncryptTo({ agentId })).toBe(false);
  });

  it("are closed where the workspace's key was destroyed, which the private halves were sealed under", async () => {
    const { make, object, isolate } = workspace();
    const agentId = newId();
    await make({ kind: "agent", agentId });
    const jwe = await isolate().encryptTo({ agentId }, bytes("x"));
    valueOf(await object.destroyWorkspaceKey());
    await expect(isolate().decryptFor(agentId, jwe)).rejects.toEqual(refusal("cannot be opened here"));
  });

  it("may leave out whose key they are to: the agent's own are tried, and nobody else's", async () => {
    const { make, isolate } = workspace();
    const [ada, ben] = [newId(), newId()];
    const key = await make({ kind: "agent", agentId: ada });
    await make({ kind: "agent", agentId: ben });
    const jwe = await new CompactEncrypt(bytes("no name on it"))
      .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM" })
      .encrypt(key.publicJwk as JWK);
    expect(text(await isolate().decryptFor(ada, jwe))).toBe("no name on it");
    await expect(isolate().decryptFor(ben, jwe)).rejects.toEqual(refusal("does not open"));
    await expect(isolate().decryptFor(newId(), jwe)).rejects.toEqual(refusal("has no key"));
  });

  it("are not to keys that sign", async () => {
    const { ring, isolate } = workspace();
    const agentId = newId();
    const order = { use: "sign", algorithm: "Ed25519", holder: { kind: "agent", agentId } } as const;
    valueOf(await ring.create(CreateKey.parse(order)));
    expect(await isolate().canEncryptTo({ agentId })).toBe(false);
  });
});
