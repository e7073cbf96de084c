/** What `orrery up` says when it has stopped. */

/** How many turns run now, up to 100; null where that cannot be found out in time. */
export async function countRunning(url: string, token: string): Promise<number | null> {
  try {
    const response = await fetch(`${url}/api/v1/executions?status=running&limit=100`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(500),
    });
    // Not by a schema: the library for that would stay in memory for as long as the platform serves.
    const { items } = (await response.json()) as { items?: unknown };
    return Array.isArray(items) ? items.length : null;
  } catch {
    // Whoever signals all our processes at once ends the runtime too. It is only for the farewell.
    return null;
  }
}

/** @param parked how many turns ran, as `countRunning` says it */
export function farewell(parked: number | null): string {
  if (parked === 0) return "Stopped.\n";
  if (parked === null) return "Stopped. Turns that were running go on at the next start.\n";
  const turns = parked === 1 ? "1 running turn" : `${parked === 100 ? "at least 100" : parked} running turns`;
  return `Stopped, with ${turns} parked: they go on at the next start.\n`;
}
