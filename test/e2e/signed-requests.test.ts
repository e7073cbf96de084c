/** Requests that another service signs, by what RFC 9421 says and nothing of ours. */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Platform, startPlatform, stateFolder } from "../platform/platform.ts";
import { requirement } from "./requirements.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const state = stateFolder();
let platform: Platform;
let keyId: string;

beforeAll(async () => {
  platform = await startPlatform({ state });
  const response = await fetch(`${platform.url}/api/v1/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${platform.token}`, "content-type": "application/json" },
    body: JSON.stringify({
      use: "sign",
      algorithm: "Ed25519",
      id: "billing-1",
      holder: { kind: "peer", name: "billing" },
      publicJwk: publicKey.export({ format: "jwk" }),
      scopes: ["agents:read", "agents:write"],
    }),
  });
  expect(response.status).toBe(201);
  keyId = "default/billing-1";
});

afterAll(async () => {
  await platform.stop();
  rmSync(state, { recursive: true, force: true });
});

interface Sent {
  method: string;
  headers: Record<string, string>;
  body?: string;
}

/** A request as a peer without a library builds it. */
function signed(method: string, url: string, body?: string): Sent {
  const digest = body && `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
  const covered = `("@method" "@target-uri"${digest ? ' "content-digest"' : ""})`;
  const created = Math.floor(Date.now() / 1_000);
  const parameters = `${covered};created=${created};nonce="${randomBytes(16).toString("hex")}";keyid="${keyId}"`;
  const base = [
    `"@method": ${method}`,
    `"@target-uri": ${url}`,
    ...(digest ? [`"content-digest": ${digest}`] : []),
    `"@signature-params": ${parameters}`,
  ].join("\n");
  const signature = sign(null, Buffer.from(base), privateKey).toString("base64");
  return {
    method,
    headers: {
      "signature-input": `sig=${parameters}`,
      signature: `sig=:${signature}:`,
      ...(digest && { "content-digest": digest, "content-type": "application/json" }),
    },
    ...(body !== undefined && { body }),
  };
}

it(requirement("signed-requests"), async () => {
  const me = `${platform.url}/api/v1/me`;
  const once = signed("GET", me);
  expect(await (await fetch(me, once)).json()).toMatchObject({ subject: "billing", method: "signature" });

  const agents = `${platform.url}/api/v1/agents`;
  const honest = signed("POST", agents, '{"name":"Ada"}');
  expect((await fetch(agents, { ...honest, body: '{"name":"Bob"}' })).status).toBe(401);
  expect((await fetch(agents, honest)).status).toBe(201);
  expect((await fetch(`${agents}?limit=1`, signed("GET", agents))).status).toBe(401);

  expect((await fetch(me, once)).status).toBe(401);
  const { port } = new URL(platform.url);
  await platform.kill();
  platform = await startPlatform({ state, port: Number(port) });
  expect((await fetch(me, once)).status).toBe(401);
  expect((await fetch(me, signed("GET", me))).status).toBe(200);
});
