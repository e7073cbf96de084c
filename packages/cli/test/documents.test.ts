/** What an agent can look into. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWireServer, type WireServer } from "../../client/test/wire/wire-server.ts";
import { cli } from "./fake-terminal.ts";

let wire: WireServer;
let folder: string;

beforeAll(async () => {
  wire = await startWireServer();
  folder = mkdtempSync(join(tmpdir(), "orrery-documents-"));
  writeFileSync(join(folder, "prices.md"), "It costs 5 francs.");
  writeFileSync(join(folder, "terms.txt"), "No refunds.");
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await wire.close();
});

const orrery = (line: string) =>
  cli(line.split(" "), { cwd: folder, env: { ORRERY_URL: wire.url, ORRERY_TOKEN: wire.token } });

test("documents are given, listed, had back and taken away", async () => {
  await orrery("agents create Reader");
  const added = await orrery("documents add Reader prices.md terms.txt --json");
  const { items } = JSON.parse(added.out) as { items: { id: string; name: string }[] };
  expect(items.map(({ name }) => name)).toEqual(["prices.md", "terms.txt"]);
  const listed = await orrery("documents list Reader");
  expect(listed.out).toMatch(/^ID +NAME +TYPE +SIZE +GIVEN\n/);
  expect(listed.out).toMatch(/ prices\.md +text\/markdown +18 B +just now/);
  const id = items[0]?.id ?? "";
  const got = await orrery(`documents get Reader ${id} --output copy.md`);
  expect(got.out).toBe("Wrote 18 B to copy.md.\n");
  expect(readFileSync(join(folder, "copy.md"), "utf8")).toBe("It costs 5 francs.");
  const again = await orrery(`documents get Reader ${id} --output copy.md`);
  expect([again.code, again.err]).toEqual([2, "orrery: copy.md is there already.\n"]);
  const taken = await orrery(`documents delete Reader ${id} --yes`);
  expect(taken.out).toBe("Deleted prices.md.\n");
  const gone = await orrery(`documents get Reader ${id} --output other.md`);
  expect(gone.code).toBe(1);
});

test("what is no file is refused before anything is sent", async () => {
  await orrery("agents create Reader");
  wire.requests.length = 0;
  const missing = await orrery("documents add Reader nothing.md");
  expect([missing.code, missing.err]).toEqual([2, "orrery: There is no file nothing.md.\n"]);
  expect(wire.requests).toEqual([]);
});
