import type { EventDraft, EventsControl, LiveEvent } from "@orrery/protocol";

/** Characters an event's frame may have; one with more travels without its data. */
const frameLimit = 16_384;

/** An event as readers get it. Data too large to send live is left out, and the event says so. */
export function encodeEvent(id: number, draft: EventDraft): string {
  const frame = JSON.stringify({ id: String(id), ...draft });
  if (frame.length <= frameLimit) return frame;
  return JSON.stringify({ id: String(id), ...draft, data: { truncated: true } });
}

/** The frame without what it says, where it is an event of that agent; as it is where not. */
export function blankFrame(frame: string, agentId: string): string {
  if (!frame.includes(agentId)) return frame;
  const event = JSON.parse(frame) as LiveEvent;
  return event.agentId === agentId ? JSON.stringify({ ...event, data: {} }) : frame;
}

export const encodeControl = (control: EventsControl): string => JSON.stringify(control);

/** An event's id on the wire; null stands for the time before the first event. */
export const wireId = (id: number): string | null => (id === 0 ? null : String(id));
