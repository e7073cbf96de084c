/**
 * A queue whose parties are served in turns: each gets one item through before any gets its second, whatever
 * the number of items each has waiting. A party's own items come in the order in which they were added.
 * The order of parties is that of arrival; one that was served goes behind all others.
 */
export class FairQueue<Item> {
  /** Items by party, parties in the order in which they are served. */
  readonly #parties = new Map<string, Set<Item>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(party: string, item: Item): void {
    const items = this.#parties.get(party);
    if (items) items.add(item);
    else this.#parties.set(party, new Set([item]));
    this.#size += 1;
  }

  /** Takes an item out wherever it stands; says whether it was there. */
  remove(party: string, item: Item): boolean {
    const items = this.#parties.get(party);
    if (!items?.delete(item)) return false;
    this.#size -= 1;
    if (items.size === 0) this.#parties.delete(party);
    return true;
  }

  /** Whose turn it is. */
  first(): Item | undefined {
    for (const items of this.#parties.values()) for (const item of items) return item;
    return undefined;
  }

  /** Takes out whose turn it is, and sends its party behind the others. */
  shift(): Item | undefined {
    for (const [party, items] of this.#parties) {
      for (const item of items) {
        this.remove(party, item);
        if (items.size > 0) {
          this.#parties.delete(party);
          this.#parties.set(party, items);
        }
        return item;
      }
    }
    return undefined;
  }

  /** Everyone who waits, in the order in which they are served if nobody else comes. */
  *inTurn(): Generator<Item, void, undefined> {
    let rows = Array.from(this.#parties.values(), (items) => items.values());
    while (rows.length > 0) {
      const going: typeof rows = [];
      for (const row of rows) {
        const next = row.next();
        if (next.done) continue;
        yield next.value;
        going.push(row);
      }
      rows = going;
    }
  }
}
