import { expect, it } from "vitest";
import { readSettings } from "./settings.ts";
import { signAddress, verifyAddress } from "./signed-address.ts";

const key = "c2lnbmluZy1rZXktb2YtdGhpcnR5LXR3by1ieXRlcy0xMjM";
const settings = readSettings({ SIGNING_KEY: key });
const now = Date.UTC(2026, 10, 20);

const queryOf = (address: string) => {
  const { searchParams } = new URL(address, "http://localhost");
  return { expires: searchParams.get("expires") ?? "", signature: searchParams.get("signature") ?? "" };
};

it("opens the path it was made for until it ends", () => {
  const query = queryOf(signAddress(settings, "/images/a/1", now + 60_000));
  expect(verifyAddress(settings, "/images/a/1", query, now)).toBe(true);
  expect(verifyAddress(settings, "/images/a/1", query, now + 60_000)).toBe(false);
});

it("opens no other path, no other time, and nothing under another key", () => {
  const query = queryOf(signAddress(settings, "/images/a/1", now + 60_000));
  expect(verifyAddress(settings, "/images/b/1", query, now)).toBe(false);
  const later = { ...query, expires: String(Number(query.expires) + 1) };
  expect(verifyAddress(settings, "/images/a/1", later, now)).toBe(false);
  const other = readSettings({ SIGNING_KEY: key.replace("c2ln", "b3Ro") });
  expect(verifyAddress(other, "/images/a/1", query, now)).toBe(false);
  expect(verifyAddress(readSettings({}), "/images/a/1", query, now)).toBe(false);
});

it("refuses what is no signature at all", () => {
  for (const signature of ["", "x", "=".repeat(43), "é".repeat(43)]) {
    expect(verifyAddress(settings, "/images/a/1", { expires: "99999999999", signature }, now)).toBe(false);
  }
});
