/** Each value once, in the order in which they first stand. */
export const once = <Value>(values: readonly Value[]): Value[] => [...new Set(values)];
