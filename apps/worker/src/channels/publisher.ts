import type { EventDraft } from "@orrery/protocol";
import { log } from "../observability/index.ts";
import type { FleetObject } from "./fleet-object.ts";

/** Milliseconds for which events are gathered. */
const gatherMs = 50;
/** Events at which they are sent without waiting longer. */
const gatherLimit = 64;
/** Events that may wait for a fleet object that does not answer; beyond it the oldest are dropped. */
const waitingLimit = 2_048;
/** Events of one call: those that waited for long come to more than a message between objects may hold, 32 MB. */
const deliveryLimit = 256;
/** Milliseconds after which an unanswered delivery no longer holds up the next. */
const deliveryMs = 5_000;

/**
 * Tells a workspace's readers what happens. Events are best effort: `publish` never throws, never
 * waits and may lose events when the process dies; the truth is in the agents' objects and the index.
 */
export interface EventPublisher {
  publish(event: EventDraft): void;
  /** Resolves once everything published so far was delivered, or could not be. */
  flush(): Promise<void>;
}

/** Events of one workspace on their way, shared by every object and request of this isolate. */
interface Outlet {
  waiting: EventDraft[];
  /** When the first of `waiting` came; epoch milliseconds. */
  since: number;
  /** When the delivery under way began; null between deliveries. */
  deliveringSince: number | null;
}

/**
 * By workspace, and plain data only: timers and stubs belong to the object or request that made them,
 * so each publisher brings its own. Sixteen agents at work together thus cost one call in 50 ms, and
 * where the object that would have called is gone, the timer of another that waits sends its events.
 */
const outlets = new Map<string, Outlet>();

function outletOf(workspaceId: string): Outlet {
  let outlet = outlets.get(workspaceId);
  if (!outlet) {
    outlet = { waiting: [], since: 0, deliveringSince: null };
    outlets.set(workspaceId, outlet);
  }
  return outlet;
}

/**
 * The way out for events of one workspace. Make one for each agent's object, or one in a request that
 * keeps itself alive with `waitUntil(events.flush())`. Between events it holds no timer and no stub, so
 * an object that has nothing to do can go to sleep.
 */
export function publisher(fleets: DurableObjectNamespace<FleetObject>, workspaceId: string): EventPublisher {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The batch that holds this publisher's newest event: when it is no longer `waiting`, it is sent. */
  let newest: EventDraft[] | undefined;
  let delivery: Promise<void> = Promise.resolve();

  const deliver = async (outlet: Outlet): Promise<void> => {
    const events = outlet.waiting;
    outlet.waiting = [];
    const startedAt = Date.now();
    outlet.deliveringSince = startedAt;
    let delivered = 0;
    try {
      for (; delivered < events.length; delivered += deliveryLimit) {
        const some = events.slice(delivered, delivered + deliveryLimit);
        await fleets.getByName(workspaceId).publish(some);
      }
    } catch (error) {
      log.warn("channels.events_lost", { workspaceId, events: events.length - delivered, error });
    } finally {
      if (outlet.deliveringSince === startedAt) outlet.deliveringSince = null;
      // Of two deliveries under way the first to end may have deleted it, and another stand in its place.
      if (outlet.waiting.length === 0 && outlets.get(workspaceId) === outlet) outlets.delete(workspaceId);
    }
  };

  const arm = (milliseconds: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      const outlet = outletOf(workspaceId);
      if (newest === undefined || newest !== outlet.waiting) return;
      const now = Date.now();
      const busy = outlet.deliveringSince !== null && now - outlet.deliveringSince < deliveryMs;
      const remaining = outlet.since + gatherMs - now;
      if (busy) arm(gatherMs);
      else if (remaining > 0 && outlet.waiting.length < gatherLimit) arm(remaining);
      else delivery = deliver(outlet);
    }, milliseconds);
  };

  return {
    publish(event) {
      const outlet = outletOf(workspaceId);
      if (outlet.waiting.length === 0) outlet.since = Date.now();
      else if (outlet.waiting.length >= waitingLimit) outlet.waiting.shift();
      outlet.waiting.push(event);
      newest = outlet.waiting;
      if (outlet.waiting.length >= gatherLimit && outlet.deliveringSince === null) {
        delivery = deliver(outlet);
      } else arm(gatherMs);
    },
    async flush() {
      await delivery;
      const outlet = outletOf(workspaceId);
      if (newest !== undefined && newest === outlet.waiting) await (delivery = deliver(outlet));
    },
  };
}
