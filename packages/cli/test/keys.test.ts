/** Keys that protect what passes a bridge, and what lies on disk. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Key } from "@orrery/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startWireServer, type WireServer } from "../../client/test/wire/wire-server.ts";
import { cli } from "./fake-terminal.ts";

let wire: WireServer;
let folder: string;

beforeAll(async () => {
  wire = await startWireServer();
  folder = mkdtempSync(join(tmpdir(), "orrery-keys-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await wire.close();
});
afterEach(() => {
  wire.forgetBridges();
  wire.requests.length = 0;
});

const orrery = (line: string) =>
  cli(line.split(" "), { cwd: folder, env: { ORRERY_URL: wire.url, ORRERY_TOKEN: wire.token } });

async function json<Value>(line: string): Promise<Value> {
  const { code, out, err } = await orrery(`${line} --json`);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Value;
}

const lastBody = (): unknown => wire.requests.findLast(({ body }) => body !== undefined)?.body;

describe("keys", () => {
  test("are made of the workspace, an agent or a peer", async () => {
    const made = await orrery("keys create sign --id w1");
    expect(made.out).toMatch(
      /^id +w1\nuse +sign\nalgorithm +Ed25519 \(Ed25519\)\nholder +workspace\nstate +active\n/,
    );
    const { id: agentId } = await json<{ id: string }>("agents create Ada");
    await orrery("keys create encrypt --agent Ada --curve X25519");
    expect(lastBody()).toEqual({
      use: "encrypt",
      algorithm: "ECDH-ES+A256KW",
      curve: "X25519",
      holder: { kind: "agent", agentId },
    });
    writeFileSync(join(folder, "p.jwk"), JSON.stringify({ kty: "OKP", crv: "Ed25519", x: "AQ" }));
    await orrery("keys create sign --peer planner --jwk-file p.jwk --scope executions:run --id p1");
    expect(lastBody()).toMatchObject({
      holder: { kind: "peer", name: "planner" },
      publicJwk: { crv: "Ed25519", x: "AQ" },
      scopes: ["executions:run"],
    });
    const { out } = await orrery("keys");
    expect(out).toMatch(/^ID +USE +ALGORITHM +HOLDER +STATE +MADE\n/);
    expect(out).toMatch(/\np1 +sign +Ed25519 +peer planner +active/);
  });

  test("never have a private half sent from here", async () => {
    writeFileSync(join(folder, "private.jwk"), '{"kty":"OKP","crv":"Ed25519","x":"AQ","d":"AQ"}');
    const { code, err } = await orrery("keys create sign --peer p --jwk-file private.jwk");
    expect([code, err]).toEqual([2, expect.stringContaining("This is a private key.")]);
    writeFileSync(join(folder, "no.jwk"), "none");
    expect(await orrery("keys create sign --peer p --jwk-file no.jwk")).toMatchObject({ code: 2 });
    expect(await orrery("keys create sign --scope admin")).toMatchObject({ code: 2 });
    expect(wire.bridges.keys.size).toBe(0);
  });

  test("that are secrets are printed alone, once", async () => {
    const { out, err } = await orrery("keys create sign --algorithm HS256 --peer cron");
    expect(out).toBe("c2VjcmV0\n");
    expect(err).toMatch(/^HS256 .+, of peer cron\. The secret is shown this once:\n$/);
  });

  test("are rotated with an overlap, retired, deleted and published", async () => {
    await orrery("keys create sign --id w1");
    const rotated = await orrery("keys rotate w1 --overlap 12h");
    expect(rotated.err).toBe("w1 retires in 12 h 0 min.\n");
    expect(lastBody()).toEqual({ overlap: 43_200 });
    expect((await orrery("keys show w1")).out).toMatch(/\nstate +retiring until /);
    expect(await orrery("keys retire w1")).toMatchObject({ code: 2 });
    expect(await json<Key>("keys retire w1 --yes")).toMatchObject({ status: "retired" });
    expect((await orrery("keys delete w1 --yes")).out).toBe("Deleted w1.\n");
    expect(JSON.parse((await orrery("keys jwks")).out)).toMatchObject({ keys: [{ crv: "Ed25519" }] });
    expect(await orrery("keys rotate w1 --overlap soon")).toMatchObject({ code: 2 });
  });

  test("of the workspace are rotated, and destroyed by whoever names it", async () => {
    expect((await orrery("keys workspace")).out).toMatch(/^version +1\nwrapped by +k1\n/);
    expect((await orrery("keys workspace rotate")).out).toMatch(/^version +2\n/);
    const wrong = await orrery("keys workspace destroy other --yes");
    expect([wrong.code, wrong.err]).toEqual([2, "orrery: This is the workspace local, not other.\n"]);
    expect(await orrery("keys workspace destroy local")).toMatchObject({ code: 2 });
    expect((await orrery("keys workspace destroy local --yes")).out).toMatch(/^destroyed /);
    expect((await orrery("keys workspace")).out).toMatch(/^destroyed /);
  });
});
