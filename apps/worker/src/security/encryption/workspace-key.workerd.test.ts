import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { type OrreryError, newId, valueOf } from "@orrery/protocol";
import { base64url } from "jose";
import { describe, expect, it } from "vitest";
import { DataKeyStore } from "./data-key-store.ts";
import { leaseMs } from "./data-keys.ts";
import { keyEncryptionKeysOf, parseKeyEncryptionKeys } from "./key-encryption-keys.ts";
import { LeasedVault } from "./leased-vaults.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);
const keyText = (id: string, fill: number): string =>
  `${id}:${base64url.encode(new Uint8Array(32).fill(fill))}`;

/** A workspace's ring, and the vault of an isolate whose clock stands still until it is moved. */
function workspace() {
  const id = newId();
  const ring = env.KEYRINGS.getByName(id);
  let now = Date.now();
  const isolate = (): LeasedVault => new LeasedVault(env, id, () => now);
  return { id, ring, isolate, later: (milliseconds: number) => void (now += milliseconds) };
}

describe("the key of a workspace", () => {
  it("is made by its first use, and not by looking at it", async () => {
    const { ring, isolate } = workspace();
    expect(valueOf(await ring.workspaceKey())).toEqual({
      version: 0,
      wrappedBy: "test",
      createdAt: null,
      destroyedAt: null,
    });
    await runInDurableObject(ring, (_, { storage }) => {
      expect([...storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'data_keys'")]).toEqual([]);
    });
    await isolate().renewed();
    expect(valueOf(await ring.workspaceKey())).toMatchObject({ version: 1, wrappedBy: "test" });
  });

  it("is the same for all isolates, and another for each workspace", async () => {
    const [here, elsewhere] = [workspace(), workspace()];
    const sealed = (await here.isolate().renewed()).seal(bytes("secret"), "a/place");
    expect(text((await here.isolate().renewed()).open(sealed, "a/place"))).toBe("secret");
    const other = await elsewhere.isolate().renewed();
    expect(() => other.open(sealed, "a/place")).toThrow("altered or moved");
  });

  it("lies on disk wrapped", async () => {
    const { ring, isolate, id } = workspace();
    await isolate().renewed();
    const [lent] = valueOf(await ring.lendDataKeys());
    expect(lent?.wrapped).toHaveLength(12 + 32 + 16);
    await runInDurableObject(ring, (_, { storage }) => {
      const strange = new DataKeyStore(
        storage,
        id,
        () => parseKeyEncryptionKeys(keyText("test", 9)),
        Date.now,
      );
      expect(() => strange.vault()).toThrow("holds another key of that name");
    });
  });

  it("has versions: the newest seals once everyone knows it, and the earlier ones still open", async () => {
    const { ring, isolate, later } = workspace();
    const vault = await isolate().renewed();
    const first = vault.seal(bytes("one"), "p");
    expect(valueOf(await ring.rotateWorkspaceKey())).toMatchObject({ version: 2 });
    const other = isolate();
    expect((await other.renewed()).seal(bytes("two"), "p").subarray(1, 5)).toEqual(first.subarray(1, 5));
    later(2 * leaseMs);
    const second = (await other.renewed()).seal(bytes("two"), "p");
    expect([...second.subarray(1, 5)]).toEqual([0, 0, 0, 2]);
    expect(text(other.vault.open(first, "p"))).toBe("one");
    expect(text(other.vault.open(second, "p"))).toBe("two");
  });

  it("comes under the first key-encryption key as soon as it is looked at, and lends itself all the while", async () => {
    const { ring, id } = workspace();
    await runInDurableObject(ring, (_, { storage }) => {
      const under = (...keys: string[]) =>
        new DataKeyStore(storage, id, () => parseKeyEncryptionKeys(keys.join(",")), Date.now);
      const [old, next] = [keyText("2025", 1), keyText("2026", 2)];
      const sealed = under(old).vault().seal(bytes("kept"), "p");
      expect(under(old).describe().wrappedBy).toBe("2025");
      expect(text(under(next, old).vault().open(sealed, "p"))).toBe("kept");
      expect(under(next).describe().wrappedBy).toBe("2026");
      expect(text(under(next).vault().open(sealed, "p"))).toBe("kept");
      expect(() => under(old).vault()).toThrow(
        'wrapped under "2026", which KEY_ENCRYPTION_KEY no longer holds',
      );
    });
  });

  it("is not there where the deployment has no key-encryption key, and can be destroyed all the same", async () => {
    const { ring, id } = workspace();
    await runInDurableObject(ring, (_, { storage }) => {
      const store = new DataKeyStore(storage, id, () => parseKeyEncryptionKeys(undefined), Date.now);
      expect(store.describe()).toMatchObject({ version: 0, wrappedBy: null });
      expect(() => store.vault()).toThrow("KEY_ENCRYPTION_KEY: it is not set");
      expect(store.destroy().destroyedAt).not.toBeNull();
    });
  });
});

describe("a workspace's key that was destroyed", () => {
  const refusal = expect.objectContaining({ code: "not_found" }) as OrreryError;

  it("opens nothing any more, once leases are over", async () => {
    const { ring, isolate, later } = workspace();
    const before = isolate();
    const sealed = (await before.renewed()).seal(bytes("gone"), "p");
    expect(valueOf(await ring.destroyWorkspaceKey()).destroyedAt).not.toBeNull();
    await expect(isolate().renewed()).rejects.toEqual(refusal);
    expect(text(before.vault.open(sealed, "p"))).toBe("gone");
    later(leaseMs);
    expect(() => before.vault.open(sealed, "p")).toThrow("lease");
    await expect(before.renewed()).rejects.toEqual(refusal);
    expect(() => before.vault.open(sealed, "p")).toThrow("destroyed");
    await runInDurableObject(ring, (_, { storage }) => {
      expect([...storage.sql.exec("SELECT * FROM data_keys")]).toEqual([]);
    });
  });

  it("is not made anew by anyone's use, but only when asked for; what was sealed before stays closed", async () => {
    const { ring, isolate } = workspace();
    const sealed = (await isolate().renewed()).seal(bytes("gone"), "p");
    await ring.destroyWorkspaceKey();
    await expect(isolate().renewed()).rejects.toEqual(refusal);
    expect(valueOf(await ring.workspaceKey())).toMatchObject({ version: 1, createdAt: null });
    expect(valueOf(await ring.rotateWorkspaceKey())).toMatchObject({ version: 2, destroyedAt: null });
    const vault = await isolate().renewed();
    expect(() => vault.open(sealed, "p")).toThrow(refusal);
    expect(text(vault.open(vault.seal(bytes("new"), "p"), "p"))).toBe("new");
  });
});

describe("a lease", () => {
  it("goes on to its end where the ring cannot be asked", async () => {
    const { id, later } = workspace();
    let down = false;
    const KEYRINGS = {
      getByName: (name: string) => {
        if (down) throw new Error("unreachable");
        return env.KEYRINGS.getByName(name);
      },
    } as typeof env.KEYRINGS;
    let now = Date.now();
    const lease = new LeasedVault({ ...env, KEYRINGS }, id, () => now);
    const sealed = (await lease.renewed()).seal(bytes("x"), "p");
    down = true;
    now += leaseMs - 1;
    expect(text((await lease.renewed()).open(sealed, "p"))).toBe("x");
    now += 1;
    await expect(lease.renewed()).rejects.toThrow("unreachable");
    expect(() => lease.vault.open(sealed, "p")).toThrow("lease");
    later(0);
  });
});

it("a lease that was asked for before the key was destroyed is not kept after", async () => {
  const { id, ring } = workspace();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  let held = true;
  const lendDataKeys = async () => {
    const lent = await ring.lendDataKeys();
    if (!held) return lent;
    held = false;
    asked.resolve();
    await answer.promise;
    return lent;
  };
  const KEYRINGS = { getByName: () => ({ lendDataKeys }) } as unknown as typeof env.KEYRINGS;
  const lease = new LeasedVault({ ...env, KEYRINGS }, id);
  const renewed = lease.renewed();
  await asked.promise;
  valueOf(await ring.destroyWorkspaceKey());
  lease.forget();
  answer.resolve();
  await expect(renewed).rejects.toMatchObject({ code: "not_found" });
});

it("the deployment's own key-encryption key is parsed once", () => {
  expect(keyEncryptionKeysOf(env)).toBe(keyEncryptionKeysOf(env));
});
