/** Milliseconds that the platform may take to say so. */
const patience = 3_000;

interface Readiness {
  dependencies?: Record<string, { ready: boolean; reason?: string }>;
}

/** What the platform itself says is not in order, a line each; nothing where it does not answer. */
export async function shortcomingsOf(url: string): Promise<string[]> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(patience) });
    const { dependencies = {} } = (await response.json()) as Readiness;
    return Object.entries(dependencies)
      .filter(([, { ready }]) => !ready)
      .flatMap(([name, { reason = `${name} is not ready` }]) => reason.split("\n"));
  } catch {
    // It has served before it was asked; `orrery doctor` asks again.
    return [];
  }
}
