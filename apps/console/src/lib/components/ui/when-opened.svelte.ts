import { untrack } from "svelte";

/**
 * Does something each time a dialog or the like opens, whoever opens it, before it is drawn. bits-ui tells only of what
 * it opens and closes itself. Call it while a component is made.
 */
export function whenOpened(open: () => boolean, begin: () => void): void {
  const opened = $derived(open());
  $effect.pre(() => {
    if (opened) untrack(begin);
  });
}
