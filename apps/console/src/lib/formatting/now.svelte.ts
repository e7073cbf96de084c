import { createSubscriber } from "svelte/reactivity";

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 15_000);
  return () => clearInterval(timer);
});

/** The present, in epoch milliseconds; whoever reads it while rendering is rendered anew as it passes. */
export function now(): number {
  subscribe();
  return Date.now();
}
