/**
 * Reads at once, and again `everyMs` after each reading ended, for as long as the page is in view; when it comes
 * into view again, at once. Returns the function that ends it.
 * @param read says nothing by throwing: it keeps its own failures
 */
export function poll(read: (signal: AbortSignal) => Promise<void>, everyMs: number): () => void {
  const ended = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading = false;

  async function next(): Promise<void> {
    clearTimeout(timer);
    if (reading || ended.signal.aborted || document.hidden) return;
    reading = true;
    try {
      await read(ended.signal);
    } finally {
      reading = false;
      if (!ended.signal.aborted) timer = setTimeout(() => void next(), everyMs);
    }
  }

  const seen = () => void next();
  document.addEventListener("visibilitychange", seen);
  void next();
  return () => {
    ended.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}
