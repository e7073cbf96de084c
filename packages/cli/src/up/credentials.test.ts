import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { base64url, jwtVerify } from "jose";
import { describe, expect, it, onTestFinished } from "vitest";
import { ensureCredentials } from "./credentials.ts";

const day = 24 * 60 * 60 * 1000;
const now = Date.UTC(2026, 10, 20);

function state(): string {
  const path = mkdtempSync(join(tmpdir(), "credentials-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return join(path, "state");
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe("the credentials of this machine's platform", () => {
  it("are made for their owner alone", async () => {
    const statePath = state();
    const { signingKey, keyEncryptionKey, token, tokenPath } = await ensureCredentials({ statePath, now });
    expect(base64url.decode(signingKey)).toHaveLength(32);
    expect(base64url.decode(/^local-[\da-f]{8}:([\w-]{43})$/.exec(keyEncryptionKey)?.[1] ?? "")).toHaveLength(
      32,
    );
    expect(readFileSync(tokenPath, "utf8").trim()).toBe(token);
    const files = [tokenPath, ...["signing-key", "key-encryption-key"].map((name) => join(statePath, name))];
    expect([statePath, ...files].map(mode)).toEqual(["700", "600", "600", "600"]);
  });

  it("make an administrator of the default workspace, for a year", async () => {
    const { signingKey, token } = await ensureCredentials({ statePath: state(), now });
    const { payload, protectedHeader } = await jwtVerify(token, base64url.decode(signingKey), {
      currentDate: new Date(now),
    });
    expect(protectedHeader.alg).toBe("HS256");
    expect(payload).toEqual({
      iss: "orrery",
      aud: "orrery",
      sub: "local-admin",
      workspace: "default",
      scopes: ["agents:read", "agents:write", "executions:run", "admin"],
      iat: now / 1000,
      exp: (now + 365 * day) / 1000,
      jti: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-7/) as string,
    });
  });

  it("stay the same from start to start, until the last month", async () => {
    const statePath = state();
    const first = await ensureCredentials({ statePath, now });
    expect(await ensureCredentials({ statePath, now: now + 334 * day })).toEqual(first);
    const renewed = await ensureCredentials({ statePath, now: now + 336 * day });
    expect(renewed).toMatchObject({
      signingKey: first.signingKey,
      keyEncryptionKey: first.keyEncryptionKey,
    });
    expect(renewed.token).not.toBe(first.token);
  });

  it("hand on key-encryption keys as they are given, and as they were put into the file", async () => {
    const statePath = state();
    const given = "vault-2:b25l,vault-1:dHdv";
    expect(await ensureCredentials({ statePath, keyEncryptionKey: given, now })).toMatchObject({
      keyEncryptionKey: given,
    });
    expect(existsSync(join(statePath, "key-encryption-key"))).toBe(false);
    writeFileSync(join(statePath, "key-encryption-key"), `${given}\n`);
    expect((await ensureCredentials({ statePath, now })).keyEncryptionKey).toBe(given);
  });

  it("follow a key, an issuer and an audience that are given from outside", async () => {
    const statePath = state();
    await ensureCredentials({ statePath, now });
    const signingKey = base64url.encode(new Uint8Array(32).fill(7));
    const { token } = await ensureCredentials({ statePath, signingKey, issuer: "lab", audience: "us", now });
    const options = { currentDate: new Date(now), issuer: "lab", audience: "us" };
    expect((await jwtVerify(token, base64url.decode(signingKey), options)).payload.sub).toBe("local-admin");
  });

  it("are made anew where the token is damaged", async () => {
    const statePath = state();
    const { tokenPath } = await ensureCredentials({ statePath, now });
    writeFileSync(tokenPath, "not a token");
    expect((await ensureCredentials({ statePath, now })).token).toMatch(/^ey/);
  });
});
