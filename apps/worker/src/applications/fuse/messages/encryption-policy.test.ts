import { expect, test } from "vitest";
import { encryptionRefusal } from "./encryption-policy.ts";

test("only a channel that requires encryption refuses a task, and only one in the clear", () => {
  const clear = { encrypted: false };
  const sealed = { encrypted: true };
  expect([encryptionRefusal(clear, "off"), encryptionRefusal(clear, "accept")]).toEqual([null, null]);
  expect(encryptionRefusal(clear, "require")).toContain("it is not encrypted");
  expect(encryptionRefusal(sealed, "require")).toBeNull();
});
