/** How near the end one counts as being at it, in pixels. */
const nearPx = 48;

/** Keeps a scrolling element at its end while its content grows, until its reader scrolls away. */
export class KeepAtEnd {
  /** Whether the reader is away from the end. */
  away = $state(false);
  #node: HTMLElement | undefined;

  /** For `{@attach …}` on the element that scrolls. */
  readonly attach = (node: HTMLElement): (() => void) => {
    this.#node = node;
    const distance = () => node.scrollHeight - node.scrollTop - node.clientHeight;
    const toEnd = () => {
      if (!this.away) node.scrollTop = node.scrollHeight;
    };
    const scrolled = () => (this.away = distance() >= nearPx);
    const observer = new ResizeObserver(toEnd);
    observer.observe(node);
    for (const child of node.children) observer.observe(child);
    node.addEventListener("scroll", scrolled, { passive: true });
    this.stick();
    return () => {
      this.#node = undefined;
      observer.disconnect();
      node.removeEventListener("scroll", scrolled);
    };
  };

  /** Goes to the end and keeps to it again, wherever the reader was. */
  stick(): void {
    this.away = false;
    if (this.#node) this.#node.scrollTop = this.#node.scrollHeight;
  }

  /** Lets content come in above what is read, and keeps that where it is. `grow` resolves once it has been drawn. */
  async keepPlace(grow: () => Promise<void>): Promise<void> {
    const node = this.#node;
    const fromEnd = node ? node.scrollHeight - node.scrollTop : 0;
    await grow();
    if (node) node.scrollTop = node.scrollHeight - fromEnd;
  }
}
