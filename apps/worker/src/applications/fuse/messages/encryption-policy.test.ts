import { generateKeyPair, CompactEncrypt } from "jose";
import { describe, expect, it } from "vitest";
import { encryptionRefusal } from "./encryption-policy.ts";

const outside = { source: "planner", target: "vault", taskId: "t-1" };

async function encrypted(binding: Record<string, string>): Promise<string> {
  const { publicKey } = await generateKeyPair("ECDH-ES+A256KW");
  return await new CompactEncrypt(new TextEncoder().encode("{}"))
    .setProtectedHeader({ alg: "ECDH-ES+A256KW", enc: "A256GCM", ...binding })
    .encrypt(publicKey);
}

describe("a channel of encrypted messages", () => {
  it("takes those in the clear unless it requires encryption", () => {
    expect(encryptionRefusal(null, outside, "off")).toBeNull();
    expect(encryptionRefusal(null, outside, "accept")).toBeNull();
    expect(encryptionRefusal(null, outside, "require")).toContain("takes encrypted messages alone");
  });

  it("takes ciphertext of the message that it stands in, and where it may, of any", async () => {
    const bound = await encrypted({ iss: "planner", aud: "vault", tid: "t-1" });
    const unbound = await encrypted({});
    expect(encryptionRefusal(bound, outside, "require")).toBeNull();
    expect(encryptionRefusal(unbound, outside, "accept")).toBeNull();
    expect(encryptionRefusal(unbound, outside, "require")).toContain("has to");
  });

  it.each([{ iss: "thief" }, { aud: "writer" }, { tid: "t-2" }])(
    "refuses ciphertext that was made for another message: %j",
    async (other) => {
      const copied = await encrypted({ iss: "planner", aud: "vault", tid: "t-1", ...other });
      for (const policy of ["off", "accept", "require"] as const) {
        expect(encryptionRefusal(copied, outside, policy)).toContain("made for another message");
      }
      const half = await encrypted(other);
      expect(encryptionRefusal(half, outside, "accept")).toContain("made for another message");
    },
  );

  it("refuses what is no ciphertext", () => {
    expect(encryptionRefusal("a.b.c.d.e", outside, "accept")).toContain("refused");
  });

  it("asks what coordinates for no task", async () => {
    const bound = await encrypted({ iss: "planner", aud: "vault" });
    expect(encryptionRefusal(bound, { source: "planner", target: "vault" }, "require")).toBeNull();
  });
});
