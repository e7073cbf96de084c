import { ApiError } from "@orrery/client";
import { CreateKey } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { KeyDraft } from "./key-draft.svelte.ts";

const agentId = "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87";
const ed25519 = {
  kty: "OKP",
  crv: "Ed25519",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  kid: "theirs",
};

describe("a key's draft", () => {
  test("makes keys of ours to sign and to encrypt with", () => {
    const draft = new KeyDraft();
    expect(draft.check()).toBeUndefined();
    expect(CreateKey.parse(draft.toCreate())).toMatchObject({ use: "sign", algorithm: "Ed25519" });
    draft.purpose = "X25519";
    expect(CreateKey.parse(draft.toCreate())).toMatchObject({
      use: "encrypt",
      algorithm: "ECDH-ES+A256KW",
      curve: "X25519",
      holder: { kind: "workspace" },
    });
  });

  test("of an agent needs to know which", () => {
    const draft = new KeyDraft();
    draft.holder = "agent";
    expect(draft.check()).toBe("agentId");
    expect(draft.problems.agentId).toBe("Choose an agent.");
    draft.agentId = agentId;
    expect(draft.check()).toBeUndefined();
  });

  test("takes from a peer's public key what it is for", () => {
    const draft = new KeyDraft();
    draft.holder = "peer";
    draft.peerName = "planner";
    draft.scopes = ["executions:run"];
    draft.jwk = JSON.stringify(ed25519);
    expect(draft.check()).toBeUndefined();
    expect(draft.signs).toBe(true);
    expect(CreateKey.parse(draft.toCreate())).toMatchObject({
      use: "sign",
      algorithm: "Ed25519",
      publicJwk: ed25519,
      scopes: ["executions:run"],
    });
    draft.jwk = JSON.stringify({ ...ed25519, crv: "X25519" });
    expect(draft.signs).toBe(false);
    expect(CreateKey.parse(draft.toCreate())).toMatchObject({ use: "encrypt", curve: "X25519", scopes: [] });
  });

  test("refuses what is no key, and a private one before it is sent anywhere", () => {
    const draft = new KeyDraft();
    draft.holder = "peer";
    expect(draft.check()).toBe("peerName");
    draft.peerName = "planner";
    draft.jwk = "{ kty: OKP }";
    expect(draft.check()).toBe("jwk");
    expect(draft.problems.jwk).toContain("not JSON");
    draft.jwk = JSON.stringify({ kty: "RSA", n: "x", e: "AQAB" });
    expect(draft.problems.jwk).toContain("OKP");
    draft.jwk = JSON.stringify({ ...ed25519, d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" });
    expect(draft.problems.jwk).toContain("private key");
    expect(CreateKey.safeParse(draft.toCreate()).data?.publicJwk).toBeUndefined();
  });

  test("takes a secret that a peer gave, or has one made", () => {
    const draft = new KeyDraft();
    draft.holder = "peer";
    draft.peerName = "planner";
    draft.material = "given";
    draft.secret = "short";
    expect(draft.check()).toBe("secret");
    draft.secret = "A".repeat(43);
    expect(CreateKey.parse(draft.toCreate())).toMatchObject({ algorithm: "HS256", secret: "A".repeat(43) });
    draft.material = "made";
    expect(CreateKey.parse(draft.toCreate())).not.toHaveProperty("secret");
  });

  test("shows the platform's refusal beside its field until the form is changed", () => {
    const draft = new KeyDraft();
    draft.holder = "peer";
    const refusal = (path: string, message: string) =>
      new ApiError({ status: 400, code: "invalid_request", detail: "no", errors: [{ path, message }] });
    expect(draft.refuse(refusal("id", "there is one already"))).toBe("id");
    expect(draft.problems).toEqual({ id: "There is one already." });
    draft.edited();
    expect(draft.problems).toEqual({});
    expect(draft.refuse(refusal("holder.name", "no such peer"))).toBe("peerName");
    expect(draft.refuse(refusal("use", "not for this"))).toBeUndefined();
    expect(draft.general).toBe("use: not for this");
  });
});
