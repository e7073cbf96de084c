import type { EventDraft, EventsControl } from "@orrery/protocol";

/** Characters an event's frame may have; one with more travels without its data. */
const frameLimit = 16_384;

/** An event as readers get it. Data too large to send live is left out, and the event says so. */
export function encodeEvent(id: number, draft: EventDraft): string {
  const frame = JSON.stringify({ id: String(id), ...draft });
  if (frame.length <= frameLimit) return frame;
  return JSON.stringify({ id: String(id), ...draft, data: { truncated: true } });
}

export const encodeControl = (control: EventsControl): string => JSON.stringify(control);

/** An event's id on the wire; null stands for the time before the first event. */
export const wireId = (id: number): string | null => (id === 0 ? null : String(id));
