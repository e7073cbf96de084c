import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sealOverhead, workspaceVault } from "./workspace-vault.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);

const key = randomBytes(32);
const vaultOf = (workspaceId: string, version = 7, dataKey = key) =>
  workspaceVault({
    workspaceId,
    sealing: () => ({ version, key: dataKey }),
    opening: (wanted) => (wanted === version ? dataKey : undefined),
  });
const vault = vaultOf("lab");

describe("what is sealed", () => {
  it("opens where it was sealed for", () => {
    for (const plain of ["", "x", "Grüße", "long ".repeat(100_000)]) {
      expect(text(vault.open(vault.seal(bytes(plain), "a/place"), "a/place"))).toBe(plain);
    }
  });

  it("says its format and the version of its key, and nothing else", () => {
    const sealed = vault.seal(bytes("plain words"), "p");
    expect(sealed).toHaveLength("plain words".length + sealOverhead);
    expect([...sealed.subarray(0, 5)]).toEqual([1, 0, 0, 0, 7]);
    expect(new TextDecoder("latin1").decode(sealed)).not.toContain("words");
  });

  it("differs each time", () => {
    const seals = Array.from({ length: 100 }, () => vault.seal(bytes("same"), "p").join());
    expect(new Set(seals).size).toBe(100);
  });

  it("opens at no other place, in no other workspace, and under no other key", () => {
    const sealed = vault.seal(bytes("x"), "p");
    const refusal = "altered or moved";
    expect(() => vault.open(sealed, "q")).toThrow(refusal);
    expect(() => vaultOf("other").open(sealed, "p")).toThrow(refusal);
    expect(() => vaultOf("lab", 7, randomBytes(32)).open(sealed, "p")).toThrow(refusal);
  });

  it("opens with no bit changed and no byte cut off", () => {
    const sealed = vault.seal(bytes("attack at dawn"), "p");
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => vault.open(changed, "p")).toThrow(/altered|destroyed/);
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => vault.open(sealed.subarray(0, length), "p")).toThrow(/altered|destroyed/);
    }
  });

  it("says that it was destroyed where its version is no more", () => {
    const sealed = vault.seal(bytes("x"), "p");
    expect(() => vaultOf("lab", 8).open(sealed, "p")).toThrow(
      expect.objectContaining({ code: "not_found" }) as Error,
    );
  });

  it("may lie in the middle of a buffer", () => {
    const sealed = vault.seal(bytes("here"), "p");
    const around = new Uint8Array(sealed.length + 20);
    around.set(sealed, 10);
    expect(text(vault.open(around.subarray(10, 10 + sealed.length), "p"))).toBe("here");
  });
});
