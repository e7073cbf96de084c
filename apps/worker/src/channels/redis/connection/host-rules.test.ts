import { describe, expect, test } from "vitest";
import { HostRules, canonicalHost, kindOf } from "./host-rules.ts";

describe("a host in its one form", () => {
  test.each([
    ["Redis.Example.", "redis.example"],
    ["127.1", "127.0.0.1"],
    ["0x7f.1", "127.0.0.1"],
    ["2130706433", "127.0.0.1"],
    ["0177.0.0.1", "127.0.0.1"],
    ["%31%32%37.0.0.1", "127.0.0.1"],
    ["[::1]", "::1"],
    ["::FFFF:127.0.0.1", "::ffff:7f00:1"],
    ["bücher.example", "xn--bcher-kva.example"],
  ])("%s is %s", (host, canonical) => expect(canonicalHost(host)).toBe(canonical));

  test.each([
    "",
    "a b",
    "host:1",
    "user@host",
    "a/b",
    "a?b",
    "1.2.3.4.5.6",
    "fe80::1%eth0",
    "256.256.256.256",
  ])("%j is none", (host) => expect(canonicalHost(host)).toBeNull());
});

describe("where a host is", () => {
  test.each([
    ["8.8.8.8", "public"],
    ["2606:4700::1111", "public"],
    ["redis.example.com", "public"],
    ["10.1.2.3", "private"],
    ["172.31.255.255", "private"],
    ["172.32.0.1", "public"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["fd12::1", "private"],
    ["2001:db8::1", "private"],
    ["redis", "private"],
    ["redis.internal", "private"],
    ["10.0.0.1.nip.io", "private"],
    ["127.0.0.1", "loopback"],
    ["127.255.0.1", "loopback"],
    ["0.0.0.0", "loopback"],
    ["::", "loopback"],
    ["::1", "loopback"],
    ["::ffff:7f00:1", "loopback"],
    ["::7f00:1", "loopback"],
    ["64:ff9b::7f00:1", "loopback"],
    ["2002:7f00:1::", "loopback"],
    ["localhost", "loopback"],
    ["redis.localhost", "loopback"],
    ["169.254.169.254", "nowhere"],
    ["::ffff:a9fe:a9fe", "nowhere"],
    ["fe80::1", "nowhere"],
    ["fd00:ec2::254", "nowhere"],
    ["100.100.100.200", "nowhere"],
    ["168.63.129.16", "nowhere"],
    ["metadata.google.internal", "nowhere"],
    ["224.0.0.1", "nowhere"],
  ])("%s is %s", (host, kind) => expect(kindOf(host)).toBe(kind));
});

describe("what the operator lets bridges reach", () => {
  const allowed = (rules: string, hosts: readonly string[]): string[] =>
    hosts.filter((host) => new HostRules(rules).allows(host));

  const hosts = ["8.8.8.8", "redis.example", "10.1.2.3", "redis.internal", "127.0.0.1", "169.254.169.254"];

  test.each([
    ["public", ["8.8.8.8", "redis.example"]],
    ["private", ["10.1.2.3", "redis.internal"]],
    ["loopback", ["127.0.0.1"]],
    [" Public , PRIVATE,loopback", hosts.slice(0, -1)],
    ["Redis.Internal,10.0.0.0/8", ["10.1.2.3", "redis.internal"]],
    ["127.1", ["127.0.0.1"]],
    ["", []],
    ["0.0.0.0/0", ["8.8.8.8", "10.1.2.3", "127.0.0.1"]],
    ["169.254.169.254,169.254.0.0/16", []],
    ["10.0.0.0/33,10.0.0.0/x,nonsense/8", []],
  ])("%j", (rules, some) => expect(allowed(rules, hosts)).toEqual(some));

  test("subnets of IPv6", () => {
    const rules = new HostRules("fd12::/16");
    expect([rules.allows("fd12::1"), rules.allows("fd13::1")]).toEqual([true, false]);
  });

  test("a name leads anywhere where the operator has named it, or private hosts", () => {
    const isPublicAlone = (rules: string, host: string): boolean => new HostRules(rules).isPublicAlone(host);
    expect(isPublicAlone("public", "redis.example")).toBe(true);
    expect(isPublicAlone("public,loopback", "redis.example")).toBe(true);
    expect(isPublicAlone("public,redis.example", "redis.example")).toBe(false);
    expect(isPublicAlone("public,private", "redis.example")).toBe(false);
    expect(isPublicAlone("loopback", "localhost")).toBe(false);
  });
});
