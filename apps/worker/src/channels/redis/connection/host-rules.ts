/** Which hosts bridges may reach: addresses are given by administrators of workspaces, and the network is the operator's. */
import { BlockList, isIP } from "node:net";

/** Where a host is. `nowhere`: what no bridge is for, such as the services by which clouds tell machines their secrets. */
export type HostKind = "public" | "private" | "loopback" | "nowhere";

type Subnet = readonly [address: string, bits: number];

function listOf(...subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of subnets) list.addSubnet(address, bits, familyOf(address));
  return list;
}

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** "This host" is this machine for whoever connects to it. */
const loopback = listOf(["0.0.0.0", 8], ["127.0.0.0", 8], ["::", 128], ["::1", 128]);

/** Link-local addresses, those at which clouds answer machines about themselves, and what is no single host. */
const nowhere = listOf(
  ["169.254.0.0", 16],
  ["fe80::", 10],
  ["fd00:ec2::254", 128],
  ["fd20:ce::254", 128],
  ["100.100.100.200", 32],
  ["168.63.129.16", 32],
  ["224.0.0.0", 4],
  ["255.255.255.255", 32],
  ["ff00::", 8],
);

/** What is neither of these and not given out for public use. Source: IANA's special-purpose address registries. */
const privateV4 = listOf(
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["240.0.0.0", 4],
);
const publicV6 = listOf(["2000::", 3]);
const privateV6 = listOf(
  ["2001:db8::", 32],
  ["2001::", 32],
  ["2001:10::", 28],
  ["2001:20::", 28],
  ["3fff::", 20],
);

/** Names at which clouds answer machines about themselves. */
const nowhereNames = ["metadata", "metadata.google.internal", "metadata.goog", "instance-data"];

/** Names that only mean something inside a machine or a network, and public ones that anyone may point into it. */
const privateSuffixes =
  "local localdomain internal intranet lan home corp private home.arpa test " +
  "nip.io sslip.io xip.io localtest.me lvh.me vcap.me traefik.me";

/**
 * A host in its one form: an address without brackets, a name in lower case. Null where it is none. What `URL` and the
 * system's resolver take for an address (`127.1`, `0x7f000001`) is one here, too.
 */
export function canonicalHost(host: string): string | null {
  const bracketed = isIP(host) === 6 ? `[${host}]` : host;
  const text = `http://${bracketed}/`;
  if (host === "" || /[\s/@?#\\]/.test(host) || !URL.canParse(text)) return null;
  const { hostname, port, href } = new URL(text);
  if (port !== "" || href !== `http://${hostname}/`) return null;
  return hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

/** IPv4 that IPv6 carries: mapped, by NAT64 or by 6to4. Null where there is none. */
function embeddedV4(address: string): string | null {
  const groups = groupsOf(address);
  const of = (high = 0, low = 0): string => [high >> 8, high & 255, low >> 8, low & 255].join(".");
  const [a, b, c, d, e, f, g, h] = groups;
  const isZero = (...some: (number | undefined)[]): boolean => some.every((group) => group === 0);
  if (isZero(a, b, c, d, e) && (f === 0xffff || f === 0) && !(g === 0 && (h ?? 0) < 2)) return of(g, h);
  if (a === 0x64 && b === 0xff9b && isZero(c, d, e, f)) return of(g, h);
  if (a === 0x2002) return of(b, c);
  return null;
}

/** The eight groups of an address as `URL` writes it. */
function groupsOf(address: string): number[] {
  const [head = "", tail = ""] = address.split("::");
  const parse = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const [left, right] = [parse(head), parse(tail)];
  const missing = Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: missing }, () => 0), ...right];
}

/** Where a host is, by what it is called. @param host as {@link canonicalHost} has it */
export function kindOf(host: string): HostKind {
  const family = isIP(host);
  if (family === 0) return kindOfName(host);
  if (family === 6) {
    const carried = embeddedV4(host);
    if (carried !== null) return kindOf(carried);
  }
  const is = (list: BlockList): boolean => list.check(host, family === 6 ? "ipv6" : "ipv4");
  if (is(nowhere)) return "nowhere";
  if (is(loopback)) return "loopback";
  if (family === 4) return is(privateV4) ? "private" : "public";
  return is(publicV6) && !is(privateV6) ? "public" : "private";
}

function kindOfName(name: string): HostKind {
  const isUnder = (suffix: string): boolean => name === suffix || name.endsWith(`.${suffix}`);
  if (nowhereNames.includes(name)) return "nowhere";
  if (isUnder("localhost")) return "loopback";
  return !name.includes(".") || privateSuffixes.split(" ").some(isUnder) ? "private" : "public";
}

/** What the operator lets bridges reach. */
export class HostRules {
  readonly #kinds = new Set<string>();
  readonly #names = new Set<string>();
  readonly #subnets = new BlockList();

  /** @param text hosts, subnets in CIDR notation, and `public`, `private`, `loopback`, with commas between */
  constructor(text: string) {
    for (const item of text.split(",").map((part) => part.trim().toLowerCase())) {
      if (item === "public" || item === "private" || item === "loopback") this.#kinds.add(item);
      else if (item !== "") this.#add(item);
    }
  }

  /** Whether a host may be reached. What is `nowhere` may not, whatever the operator says. */
  allows(host: string): boolean {
    const kind = kindOf(host);
    if (kind === "nowhere") return false;
    return this.#kinds.has(kind) || this.#isNamed(host);
  }

  /** Whether a host may be reached as a public one alone: its name is not to lead to where private ones are. */
  isPublicAlone(host: string): boolean {
    return kindOf(host) === "public" && !this.#kinds.has("private") && !this.#isNamed(host);
  }

  /** Whether the operator has named the host, or its subnet. */
  #isNamed(host: string): boolean {
    const family = isIP(host);
    if (this.#names.has(host)) return true;
    return family !== 0 && this.#subnets.check(host, family === 6 ? "ipv6" : "ipv4");
  }

  #add(item: string): void {
    const [address = "", bits] = item.split("/");
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    if (bits === undefined) this.#names.add(canonicalHost(item) ?? item);
    else if (family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most) {
      this.#subnets.addSubnet(address, Number(bits), familyOf(address));
    }
  }
}

const known = new Map<string, HostRules>();

/** What a deployment says in `BRIDGE_HOSTS`; public hosts alone where it says nothing. */
export function hostRulesOf({ BRIDGE_HOSTS: text = "public" }: Pick<Env, "BRIDGE_HOSTS">): HostRules {
  const rules = known.get(text) ?? new HostRules(text);
  known.set(text, rules);
  return rules;
}
