const apple = /mac|iphone|ipad/i.test(navigator.platform);

/** How this device's keyboard names the key that goes with K. */
export const modifierKey = apple ? "⌘" : "Ctrl";

/** Whether a key press asks for the quick search: ⌘K, or Ctrl K. */
export const asksForSearch = (event: KeyboardEvent): boolean =>
  event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey) && !event.altKey;
