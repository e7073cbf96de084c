/**
 * Who may import whom. Pure: `scripts/imports.ts` reads the files, this decides.
 *
 * Paths are relative to the repository's root, with forward slashes.
 */
import { posix } from "node:path";

/**
 * The worker's domains, lowest first: a domain imports only what stands before it.
 * Domains of one inner list are leaves beside each other and do not import one another.
 */
const domains: readonly (readonly string[])[] = [
  ["observability"],
  ["schemas"],
  ["security"],
  ["memory"],
  ["models"],
  ["channels"],
  ["agents"],
  ["orchestration"],
  ["interop", "applications"],
  ["http"],
];

/** What each workspace may import of the others; a workspace that is missing here imports none. */
const workspaces: Readonly<Record<string, readonly string[]>> = {
  "packages/protocol": [],
  "packages/client": ["@orrery/protocol"],
  "packages/local": [],
  "packages/cli": ["@orrery/client", "@orrery/local", "@orrery/protocol"],
  "apps/worker": ["@orrery/protocol"],
  "apps/console": ["@orrery/client", "@orrery/protocol"],
};

const rankOf = (domain: string): number => domains.findIndex((rank) => rank.includes(domain));

const workspaceOf = (path: string): string | null => /^(?:packages|apps)\/[^/]+/.exec(path)?.[0] ?? null;

/** The domain a path of the worker lies in; null for the files that wire domains together. */
const domainOf = (path: string): string | null => /^apps\/worker\/src\/([^/]+)\//.exec(path)?.[1] ?? null;

const packageOf = (specifier: string): string => /^@[^/]+\/[^/]+/.exec(specifier)?.[0] ?? specifier;

/** Tests look inside the domain they test, so they are held to the direction only. */
const isTest = (path: string): boolean => path.endsWith(".test.ts");

/** Test folders may share what tests stand on; none of it is published. */
const betweenTests = (from: string, target: string): boolean =>
  /^(?:packages|apps)\/[^/]+\/test\//.test(from) && /^(?:(?:packages|apps)\/[^/]+\/)?test\//.test(target);

function betweenWorkspaces(from: string, name: string): string | null {
  const workspace = workspaceOf(from);
  if (workspace === null || !name.startsWith("@orrery/")) return null;
  const allowed = workspaces[workspace] ?? [];
  if (allowed.includes(name)) return null;
  return `${workspace} may import ${allowed.length > 0 ? allowed.join(", ") : "no other workspace"}, not ${name}`;
}

function betweenDomains(from: string, target: string): string | null {
  const importer = domainOf(from);
  const imported = domainOf(target);
  if (importer === null || imported === null || importer === imported) return null;
  const own = rankOf(importer);
  const other = rankOf(imported);
  if (own === -1) return `${importer}/ is not a known domain: give it a place in scripts/import-rules.ts`;
  if (other === -1) return `${imported}/ is not a known domain: give it a place in scripts/import-rules.ts`;
  if (other >= own) return `${importer}/ stands below or beside ${imported}/ and may not import it`;
  if (!isTest(from) && !/^apps\/worker\/src\/[^/]+\/index\.ts$/.test(target)) {
    return `${imported}/ is imported through its index.ts only`;
  }
  return null;
}

/** Why the file `from` may not import `specifier`; null when it may. */
export function violation(from: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return betweenWorkspaces(from, packageOf(specifier));
  const target = posix.join(posix.dirname(from), specifier);
  const workspace = workspaceOf(from);
  if (workspace !== null && !target.startsWith(`${workspace}/`) && !betweenTests(from, target)) {
    return `${workspace} reaches outside itself: import a workspace by its name`;
  }
  return betweenDomains(from, target);
}
