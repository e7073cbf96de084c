import { expect, test, vi } from "vitest";
import { Confirmation } from "./confirmation.svelte.ts";

/** A confirmation whose action is answered by hand. */
function underHand() {
  const doing = Promise.withResolvers<void>();
  const close = vi.fn<() => void>();
  const focus = vi.fn<() => void>();
  const confirmation = new Confirmation({
    action: () => doing.promise,
    close,
    focusAfter: () => ({ focus }) as unknown as HTMLElement,
  });
  return { confirmation, doing, close, focus };
}

test("what was confirmed closes its dialog once it is done, and gives the focus on", async () => {
  const { confirmation, doing, close, focus } = underHand();
  const confirmed = confirmation.confirm();
  expect([confirmation.working, close.mock.calls.length]).toEqual([true, 0]);
  doing.resolve();
  await confirmed;
  expect([confirmation.working, close.mock.calls.length]).toEqual([false, 1]);
  confirmation.placeFocus(new Event("close", { cancelable: true }));
  expect(focus).toHaveBeenCalledOnce();
});

test("what failed says why and stays, until one is asked anew", async () => {
  const { confirmation, doing, close, focus } = underHand();
  const confirmed = confirmation.confirm();
  doing.reject(new Error("gone"));
  await confirmed;
  expect([confirmation.problem !== "", confirmation.working, close.mock.calls.length]).toEqual([
    true,
    false,
    0,
  ]);
  confirmation.begin();
  expect(confirmation.problem).toBe("");
  const closing = new Event("close", { cancelable: true });
  confirmation.placeFocus(closing);
  expect([closing.defaultPrevented, focus.mock.calls.length]).toEqual([false, 0]);
});
