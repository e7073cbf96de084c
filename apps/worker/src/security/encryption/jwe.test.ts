import {
  CompactEncrypt,
  type JWK,
  base64url,
  compactDecrypt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
} from "jose";
import { PublicJwk } from "@orrery/protocol";
import { describe, expect, it } from "vitest";
import { decryptWith, encryptTo, plainLimit, recipientKeyId } from "./jwe.ts";
import { decrypt, encrypt } from "./testing/jwe-by-the-book.ts";
import { askNodeJose } from "./testing/ask-node-jose.ts";

const algorithm = "ECDH-ES+A256KW";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);
const secret = "Grüße, 42 µg";

async function pair(crv: "P-256" | "X25519"): Promise<{ publicJwk: PublicJwk; privateJwk: JWK }> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { crv, extractable: true });
  return {
    publicJwk: PublicJwk.parse(await exportJWK(publicKey)),
    privateJwk: await exportJWK(privateKey),
  };
}

/** A JWE with another header, which its tag does not cover. */
function withHeader(jwe: string, change: (header: Record<string, unknown>) => void): string {
  const [, ...rest] = jwe.split(".");
  const header: Record<string, unknown> = { ...decodeProtectedHeader(jwe) };
  change(header);
  return [base64url.encode(JSON.stringify(header)), ...rest].join(".");
}

/** A JWE of which one part has another byte somewhere. */
function altered(jwe: string, part: number): string {
  const parts = jwe.split(".");
  const changed = base64url.decode(parts[part] ?? "");
  changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
  parts[part] = base64url.encode(changed);
  return parts.join(".");
}

describe.each(["P-256", "X25519"] as const)("a message to a key on %s", (curve) => {
  it("names its key and its algorithms, and hides the rest", async () => {
    const { publicJwk, privateJwk } = await pair(curve);
    const jwe = await encryptTo({ id: "kid-1", publicJwk }, bytes(secret));
    expect(decodeProtectedHeader(jwe)).toMatchObject({ alg: algorithm, enc: "A256GCM", kid: "kid-1" });
    expect(recipientKeyId(jwe)).toBe("kid-1");
    expect(text(await decryptWith(privateJwk, jwe))).toBe(secret);
  });

  it("is read by jose, and what jose writes is read here", async () => {
    const { publicJwk, privateJwk } = await pair(curve);
    const jwe = await encryptTo({ id: "k", publicJwk }, bytes(secret));
    expect(text((await compactDecrypt(jwe, privateJwk)).plaintext)).toBe(secret);
    const theirs = await new CompactEncrypt(bytes(secret))
      .setProtectedHeader({ alg: algorithm, enc: "A256GCM" })
      .encrypt(publicJwk as JWK);
    expect(recipientKeyId(theirs)).toBeUndefined();
    expect(text(await decryptWith(privateJwk, theirs))).toBe(secret);
  });

  it("is read by whoever goes by the RFCs, and what they write is read here", async () => {
    const { publicJwk, privateJwk } = await pair(curve);
    const jwe = await encryptTo({ id: "k", publicJwk }, bytes(secret));
    expect(text(decrypt(privateJwk, jwe))).toBe(secret);
    expect(text(await decryptWith(privateJwk, encrypt(publicJwk, bytes(secret))))).toBe(secret);
  });

  it("is refused to another key, and with a byte changed anywhere", async () => {
    const [own, other] = [await pair(curve), await pair(curve)];
    const jwe = await encryptTo({ id: "k", publicJwk: own.publicJwk }, bytes(secret));
    const refusal = expect.objectContaining({ code: "invalid_request" }) as Error;
    await expect(decryptWith(other.privateJwk, jwe)).rejects.toEqual(refusal);
    for (const part of [0, 1, 2, 3, 4]) {
      await expect(decryptWith(own.privateJwk, altered(jwe, part))).rejects.toEqual(refusal);
    }
    await expect(decryptWith(own.privateJwk, jwe.split(".").slice(0, 4).join("."))).rejects.toEqual(refusal);
    await expect(decryptWith(own.privateJwk, "not a message")).rejects.toEqual(refusal);
  });
});

describe("a message to a key on P-256", () => {
  it("is read by node-jose, and what node-jose writes is read here", async () => {
    const { publicJwk, privateJwk } = await pair("P-256");
    const jwe = await encryptTo({ id: "k", publicJwk }, bytes(secret));
    expect(askNodeJose({ decrypt: { key: { ...privateJwk, kid: "k" }, jwe } })).toBe(secret);
    const theirs = askNodeJose({ encrypt: { key: { ...publicJwk, kid: "k" }, text: secret } });
    expect(recipientKeyId(theirs)).toBe("k");
    expect(text(await decryptWith(privateJwk, theirs))).toBe(secret);
  });
});

describe("what is refused before any key is used", () => {
  const own = pair("P-256");

  it.each([
    ["ECDH-ES", "A256GCM"],
    ["ECDH-ES+A128KW", "A256GCM"],
    ["ECDH-ES+A256KW", "A128GCM"],
    ["ECDH-ES+A256KW", "A128CBC-HS256"],
  ])("is %s with %s, well made as it may be", async (alg, enc) => {
    const { publicJwk, privateJwk } = await own;
    const jwe = await new CompactEncrypt(bytes(secret))
      .setProtectedHeader({ alg, enc })
      .encrypt(publicJwk as JWK);
    await expect(decryptWith(privateJwk, jwe)).rejects.toThrow("only ECDH-ES+A256KW with A256GCM is taken");
  });

  it.each(["dir", "RSA-OAEP", "PBES2-HS256+A128KW", "none"])("is a header that says %s", async (alg) => {
    const { publicJwk, privateJwk } = await own;
    const jwe = withHeader(await encryptTo({ id: "k", publicJwk }, bytes(secret)), (header) => {
      header["alg"] = alg;
    });
    await expect(decryptWith(privateJwk, jwe)).rejects.toThrow("only ECDH-ES+A256KW with A256GCM is taken");
  });

  it("is what was compressed", async () => {
    const { publicJwk, privateJwk } = await own;
    const jwe = encrypt(publicJwk, bytes(secret), { zip: "DEF" });
    await expect(decryptWith(privateJwk, jwe)).rejects.toThrow("compressed");
  });

  it("is an extension that must be understood and is not", async () => {
    const { publicJwk, privateJwk } = await own;
    const jwe = encrypt(publicJwk, bytes(secret), { crit: ["exp"], exp: 0 });
    await expect(decryptWith(privateJwk, jwe)).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("is more than a message may hold, either way", async () => {
    const { publicJwk, privateJwk } = await own;
    const largest = new Uint8Array(plainLimit);
    const jwe = await encryptTo({ id: "k".repeat(128), publicJwk }, largest);
    expect(await decryptWith(privateJwk, jwe)).toHaveLength(plainLimit);
    await expect(encryptTo({ id: "k", publicJwk }, new Uint8Array(plainLimit + 1))).rejects.toMatchObject({
      code: "payload_too_large",
    });
    const larger = encrypt(publicJwk, new Uint8Array(plainLimit + 16 * 1024));
    await expect(decryptWith(privateJwk, larger)).rejects.toThrow("characters");
  });
});
