/** Which hosts an address given by a caller may name: those of the public internet. */

/** Blocks of IPv4 that are not public. Source: IANA IPv4 Special-Purpose Address Registry. */
const specialV4: readonly [base: string, bits: number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

const octetsOf = (address: string): number[] | null => {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  return match ? match.slice(1).map(Number) : null;
};

const numberOf = (octets: readonly number[]): number =>
  octets.reduce((value, octet) => value * 256 + octet, 0);

function isPublicV4(octets: readonly number[]): boolean {
  const value = numberOf(octets);
  return !specialV4.some(([base, bits]) => {
    const size = 2 ** (32 - bits);
    const start = numberOf(octetsOf(base) ?? []);
    return value >= start && value < start + size;
  });
}

/** The eight groups of an IPv6 address in the canonical form that `URL` writes, or null. */
function groupsOf(address: string): number[] | null {
  const [head = "", tail] = address.split("::");
  const parse = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const left = parse(head);
  const right = tail === undefined ? [] : parse(tail);
  const missing = 8 - left.length - right.length;
  if (missing < 0 || (tail === undefined && missing !== 0)) return null;
  const groups = [...left, ...Array.from({ length: missing }, () => 0), ...right];
  return groups.every((group) => group >= 0 && group <= 0xffff) ? groups : null;
}

/** Source: IANA IPv6 Special-Purpose Address Registry; only 2000::/3 is given out for public use. */
function isPublicV6(groups: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const embedded = (high: number, low: number): boolean =>
    isPublicV4([high >> 8, high & 255, low >> 8, low & 255]);
  if ([a, b, c, d, e].every((group) => group === 0) && f === 0xffff) return embedded(g, h);
  // NAT64, 6to4 and Teredo carry an IPv4 address, which decides.
  if (a === 0x64 && b === 0xff9b && c === 0 && d === 0) return embedded(g, h);
  if (a === 0x2002) return embedded(b, c);
  if (a === 0x2001 && b === 0) return false;
  if (a === 0x2001 && (b === 0xdb8 || (b >= 0x10 && b <= 0x2f))) return false;
  if (a === 0x3fff && b < 0x1000) return false;
  return (a & 0xe000) === 0x2000;
}

/** Names that only mean something inside a machine, a network or a cloud. */
const privateSuffixes = [
  "localhost",
  "local",
  "localdomain",
  "internal",
  "intranet",
  "lan",
  "home",
  "corp",
  "private",
  "home.arpa",
  "test",
  "invalid",
  "onion",
];

/** Public names that anyone may make point at loopback or a private address, by their owners' design. */
const pointingAnywhere = ["nip.io", "sslip.io", "xip.io", "localtest.me", "lvh.me", "vcap.me", "traefik.me"];

const under = (host: string, suffix: string): boolean => host === suffix || host.endsWith(`.${suffix}`);

/** Whether this is `localhost` or a loopback address. */
export function isLoopback(url: URL): boolean {
  const host = url.hostname.replace(/\.$/, "");
  return under(host, "localhost") || octetsOf(host)?.[0] === 127 || host === "[::1]";
}

/**
 * Whether the host may be reached for a caller. `URL` has already turned decimal, octal, hexadecimal and
 * short forms of IPv4 into dotted ones. A public name that resolves to a private address cannot be told
 * by its name: on Cloudflare private networks are out of reach, on one machine a proxy has to fence them off.
 */
export function isPublicHost(url: URL): boolean {
  const host = url.hostname.replace(/\.$/, "").toLowerCase();
  if (host.startsWith("[")) {
    const groups = groupsOf(host.slice(1, -1));
    return groups !== null && isPublicV6(groups);
  }
  const octets = octetsOf(host);
  if (octets) return isPublicV4(octets);
  if (!host.includes(".")) return false;
  return ![...privateSuffixes, ...pointingAnywhere].some((suffix) => under(host, suffix));
}
