import { CreateToken } from "@orrery/protocol";
import { expect, test } from "vitest";
import { TokenDraft } from "./token-draft.svelte.ts";

test("a token's draft names the first wrong field, which need not be its name", () => {
  const draft = new TokenDraft();
  expect(draft.check()).toBe("name");
  draft.name = "Nightly reports";
  draft.scopes = [];
  expect(draft.check()).toBe("scopes");
  expect(draft.problems).toEqual({ scopes: "Choose at least one." });
});

test("a token's draft makes a request that the contract takes", () => {
  const draft = new TokenDraft();
  draft.name = " Nightly reports ";
  draft.lifetime = "none";
  expect(CreateToken.parse(draft.toCreate())).toMatchObject({ name: "Nightly reports", kind: "api-key" });
  expect(draft.toCreate()).not.toHaveProperty("expiresIn");
});
