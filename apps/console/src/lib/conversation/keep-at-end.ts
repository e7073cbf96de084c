/**
 * Keeps a scrolling element at its end while its content grows, until its reader scrolls away.
 * `onaway` hears whether the reader is away from the end.
 */
export const keepAtEnd =
  (onaway: (away: boolean) => void) =>
  (node: HTMLElement): (() => void) => {
    let attached = true;
    const distance = () => node.scrollHeight - node.scrollTop - node.clientHeight;
    const toEnd = () => {
      if (attached) node.scrollTop = node.scrollHeight;
    };
    const scrolled = () => {
      attached = distance() < 48;
      onaway(!attached);
    };
    const observer = new ResizeObserver(toEnd);
    observer.observe(node);
    for (const child of node.children) observer.observe(child);
    node.addEventListener("scroll", scrolled, { passive: true });
    toEnd();
    return () => {
      observer.disconnect();
      node.removeEventListener("scroll", scrolled);
    };
  };
