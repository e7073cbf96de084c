import { expect, it } from "vitest";
import { firstFailure } from "./errors.ts";

it("tells what failed first from what failed in tidying up after it", async () => {
  const first = new Error("no such address");
  const attempt = async (): Promise<void> => {
    await using undo = new AsyncDisposableStack();
    undo.defer(() => Promise.reject(new Error("nothing to stop")));
    undo.defer(() => Promise.reject(new Error("nothing to remove")));
    throw first;
  };
  const thrown: unknown = await attempt().catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(SuppressedError);
  expect(firstFailure(thrown)).toBe(first);
  expect(firstFailure(first)).toBe(first);
});
