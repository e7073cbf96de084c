/** Names near a misspelt one. */

/**
 * How many letters must be added, removed, replaced or swapped with their neighbour to turn `a` into `b`.
 * Optimal string alignment distance: Wagner & Fischer 1974 with Damerau's transpositions.
 */
export function editDistance(a: string, b: string): number {
  let twoBack: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (row > 1 && column > 1 && swapped) {
        best = Math.min(best, (twoBack[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    twoBack = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** Letters and digits alone: `GPT5 mini` should find `gpt-5-mini`. */
const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Up to `count` of `names` that someone who typed `typed` may have meant, the likeliest first. */
export function nearestNames(typed: string, names: readonly string[], count = 3): string[] {
  const wanted = bare(typed);
  if (wanted === "") return [];
  return names
    .map((name) => {
      const whole = bare(name);
      const last = bare(name.slice(name.lastIndexOf("/") + 1));
      const distance = Math.min(editDistance(wanted, whole), editDistance(wanted, last));
      const within = whole.includes(wanted) || (last !== "" && wanted.includes(last));
      return { name, distance: within ? Math.min(distance, 1) : distance };
    })
    .filter(({ distance }) => distance <= Math.max(2, Math.floor(wanted.length / 3)))
    .sort((one, other) => one.distance - other.distance || (one.name < other.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}
