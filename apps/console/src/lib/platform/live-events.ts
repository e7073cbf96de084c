import type { Events } from "@orrery/client";
import type { EventType, LiveEvent } from "@orrery/protocol";

/** Where events are heard of. */
export type EventSource = Pick<Events, "subscribe">;

export interface Listener {
  types: readonly EventType[];
  onevent: (event: LiveEvent) => void;
  /** Events were missed, or may have been: what was read before may be old. */
  onmissed?: () => void;
}

/**
 * Hears of what happens in the workspace until the returned function is called. Where live events are refused it
 * stays silent: whoever listens reads the state too, and shows why that failed.
 */
export function listen(source: EventSource, { types, onevent, onmissed }: Listener): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  let opened = false;

  async function hear(): Promise<void> {
    const events = source.subscribe({
      types,
      signal,
      onStatus: (status) => {
        if (status !== "open") return;
        // The first connection follows the first reading; a later one may have missed what came between.
        if (opened) onmissed?.();
        opened = true;
      },
    });
    for await (const event of events) {
      if (event.type === "gap") onmissed?.();
      else onevent(event);
    }
  }

  hear().catch(() => undefined);
  return () => controller.abort();
}
