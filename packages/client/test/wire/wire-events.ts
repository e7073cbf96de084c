import type { EventDraft } from "@orrery/protocol";

/** The live events of the wire server: numbered, kept, and sent to whoever follows. */
export class WireEvents {
  readonly #kept: { id: number; frame: string }[] = [];
  readonly #listeners = new Set<(id: number, frame: string) => void>();
  readonly #drops = new Set<() => void>();
  #last = 0;

  emit(draft: EventDraft): void {
    const id = ++this.#last;
    const frame = JSON.stringify({ id: String(id), ...draft });
    this.#kept.push({ id, frame });
    for (const listen of this.#listeners) listen(id, frame);
  }

  /** Breaks every connection. */
  drop(): void {
    for (const drop of this.#drops) drop();
    this.#drops.clear();
  }

  /** Keeps nothing of what was, so that resuming before now finds a gap. */
  forget(): void {
    this.#kept.length = 0;
  }

  /**
   * Sends `ready`, what is due, and what comes, until the connection breaks.
   * @param write sends a frame, and returns how to break the connection
   */
  follow(
    query: URLSearchParams,
    lastEventId: string | undefined,
    write: (frame: string) => () => void,
  ): void {
    const after = lastEventId ?? query.get("after");
    const types = query.get("types")?.split(",");
    const from = after === null ? this.#last : Number(after);
    const isGone = from < (this.#kept[0]?.id ?? this.#last + 1) - 1;
    const begin = isGone ? this.#last : from;
    const told = begin === 0 ? null : String(begin);
    const close = write(JSON.stringify({ type: "ready", lastEventId: told }));
    if (isGone) write(JSON.stringify({ type: "gap", lastEventId: told }));
    const listen = (id: number, frame: string) => {
      const { type } = JSON.parse(frame) as { type: string };
      if (id > begin && (types?.includes(type) ?? true)) write(frame);
    };
    if (!isGone) for (const { id, frame } of this.#kept) listen(id, frame);
    this.#listeners.add(listen);
    this.#drops.add(() => {
      this.#listeners.delete(listen);
      close();
    });
  }
}
