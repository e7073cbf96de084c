/**
 * Runs `work` at once, and while it is asked for more often than every `everyMs`, once at the end of that time for
 * all that was asked.
 */
export function throttle(work: () => void, everyMs: number): { ask: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;

  function ask(): void {
    if (timer !== undefined) {
      again = true;
      return;
    }
    again = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (again) ask();
    }, everyMs);
    work();
  }

  return {
    ask,
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      again = false;
    },
  };
}
