import { createSubscriber } from "svelte/reactivity";

/** A clock that moves on every `everyMs`: whoever reads it while rendering is rendered anew each time. */
const clock = (everyMs: number): (() => number) => {
  const subscribe = createSubscriber((update) => {
    const timer = setInterval(update, everyMs);
    return () => clearInterval(timer);
  });
  return () => {
    subscribe();
    return Date.now();
  };
};

/** The present, in epoch milliseconds, for what is said in minutes. */
export const now = clock(15_000);

/** The present, in epoch milliseconds, for what is watched as it goes on. */
export const closeNow = clock(250);
