import { goto } from "$app/navigation";
import { navigating } from "$app/state";

let following = false;

/** Whether the navigation under way follows from what was done on the page: nothing is left there to save. */
export const follows = (): boolean => following;

const address = (): string => location.pathname + location.search;

/**
 * The way on from what is about to be done, such as making an agent: call it first, and with what it returns go to the
 * next page once it is done. A visitor who has gone elsewhere meanwhile is left alone.
 */
export function fromHere(): typeof goto {
  const here = address();
  return async (...next) => {
    if (address() !== here || navigating.to) return;
    following = true;
    try {
      await goto(...next);
    } finally {
      following = false;
    }
  };
}
