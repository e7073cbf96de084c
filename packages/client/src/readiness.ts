import type { RequestOptions, Transport } from "./transport.ts";

/** One thing the platform depends on. */
export interface Dependency {
  ready: boolean;
  /** What is wrong, and what to do. */
  reason?: string;
}

export interface Readiness {
  status: "ready" | "not ready";
  dependencies: Record<string, Dependency>;
  /** The server's clock in epoch milliseconds, to the second; undefined where it sends no `Date`. */
  serverTime: number | undefined;
}

/** `GET /readyz`, which answers 503 with the same body while something is missing. */
export function readReadiness(transport: Transport, options?: RequestOptions): Promise<Readiness> {
  return transport.send({ ...options, path: "/readyz", accept: [503] }, async (response) => {
    const body = (await response.json()) as Omit<Readiness, "serverTime">;
    const date = Date.parse(response.headers.get("date") ?? "");
    return { ...body, serverTime: Number.isNaN(date) ? undefined : date };
  });
}
