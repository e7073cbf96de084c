import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesWith, holds } from "./traces.ts";

const secret = "secret 0f3a9c77d2";
const around = (shift: number): Buffer => Buffer.from(`${"a".repeat(shift)}${secret} and more`);

it.each([
  ["itself", around(3)],
  ["UTF-16", Buffer.from(`a ${secret} b`, "utf16le")],
  ["hexadecimal", Buffer.from(`x'${around(1).toString("hex")}'`)],
  ["base64", Buffer.from(around(0).toString("base64"))],
  ["base64, a byte later", Buffer.from(around(1).toString("base64"))],
  ["base64, two bytes later", Buffer.from(around(2).toString("base64url"))],
  ["base64, three bytes later", Buffer.from(around(3).toString("base64"))],
])("finds a text as %s", (_, bytes) => {
  expect(holds(bytes, secret)).toBe(true);
  expect(holds(bytes, "another 0f3a9c77d2")).toBe(false);
});

it("names the files below a folder that hold it", () => {
  const folder = mkdtempSync(join(tmpdir(), "orrery-traces-"));
  writeFileSync(join(folder, "one"), around(5));
  writeFileSync(join(folder, "other"), "nothing");
  expect(filesWith(folder, secret)).toEqual(["one"]);
  rmSync(folder, { recursive: true });
});
