/** Ways out of the machine for a Worker: services whose `fetch` reaches some networks and no other. */
import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import type { WorkerOptions } from "miniflare";

type Binding = NonNullable<WorkerOptions["config"]["env"]>[string];

/** PEM of the authorities that are trusted beside the usual ones, as Node.js is told of them. */
function extraAuthorities(path: string | undefined): string[] {
  if (path === undefined || path === "") return [];
  try {
    return (
      readFileSync(path, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    );
  } catch {
    return []; // Node.js has warned of the file already, and goes on without it.
  }
}

/** Networks that may be reached (`public`, `private`, `local`, or in CIDR notation), and of these those that may not. */
export type Reach = readonly string[] | { allow: readonly string[]; deny: readonly string[] };

const isPlain = (reach: Reach): reach is readonly string[] => Array.isArray(reach);

/**
 * A service that reaches the networks `reach` names, and nothing elsewhere, whatever a host's name leads to: by `fetch`,
 * and by `connect` for TCP. The Worker's global `fetch` goes by a worker of Miniflare first, which looks for images to
 * resize; this does not.
 */
export const network = (reach: Reach): Binding => ({
  type: "network",
  ...(isPlain(reach) ? { allow: [...reach] } : { allow: [...reach.allow], deny: [...reach.deny] }),
  tlsOptions: {
    trustBrowserCas: true,
    trustedCertificates: [
      // There workerd finds none of its own.
      ...(process.platform === "win32" ? rootCertificates : []),
      ...extraAuthorities(process.env["NODE_EXTRA_CA_CERTS"]),
    ],
  },
});
