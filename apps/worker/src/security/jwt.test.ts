import { OrreryError, newId } from "@orrery/protocol";
import { SignJWT, base64url, exportJWK, generateKeyPair } from "jose";
import { expect, test } from "vitest";
import { jwtVerifier, signJwt } from "./jwt.ts";
import { readSettings } from "./settings.ts";

const key = new Uint8Array(32).fill(7);
const signingKey = base64url.encode(key);
const now = Date.parse("2026-11-20T12:00:00.000Z");
const seconds = now / 1_000;

const nowhere = () => Promise.reject(new TypeError("no network"));
const verifier = (variables = {}, at = now) =>
  jwtVerifier(readSettings({ SIGNING_KEY: signingKey, ...variables }), { now: () => at, fetch: nowhere });

const signed = (claims: Record<string, unknown>, header = { alg: "HS256" }) =>
  new SignJWT({ iss: "orrery", aud: "orrery", sub: "ada", workspace: "lab", jti: "1", ...claims })
    .setProtectedHeader(header)
    .sign(key);

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.catch((error: unknown) => error);
  if (!(error instanceof OrreryError)) throw new Error("it was not refused");
  return `${error.code}: ${error.message}`;
}

test("a token that was signed here says what it was made to say", async () => {
  const token = {
    subject: "token:1",
    workspaceId: "lab",
    scopes: ["agents:read"] as const,
    id: newId(now),
    issuedAt: now,
    expiresAt: now + 60_000,
  };
  const text = await signJwt(readSettings({ SIGNING_KEY: signingKey }), key, token);
  expect(await verifier().verify(text)).toEqual({
    subject: "token:1",
    workspaceId: "lab",
    scopes: ["agents:read"],
    method: "jwt",
    expiresAt: now + 60_000,
    tokenId: token.id,
  });
});

test("scopes are a list or words, known ones only, each once", async () => {
  const list = await signed({ scopes: ["agents:read", "agents:read", "root"] });
  expect((await verifier().verify(list)).scopes).toEqual(["agents:read"]);
  const words = await signed({ scope: "openid executions:run agents:read" });
  expect((await verifier().verify(words)).scopes).toEqual(["executions:run", "agents:read"]);
  expect((await verifier().verify(await signed({}))).scopes).toEqual([]);
});

test("clocks may differ by five seconds and no more", async () => {
  const late = await signed({ exp: seconds - 4 });
  expect((await verifier().verify(late)).subject).toBe("ada");
  const later = await signed({ exp: seconds - 5 });
  expect(await refusal(verifier().verify(later))).toBe("unauthenticated: The token has expired");
  const early = await signed({ nbf: seconds + 6 });
  expect(await refusal(verifier().verify(early))).toBe("unauthenticated: The token is not valid yet");
});

test("issuer and audience are the deployment's own", async () => {
  const own = { JWT_ISSUER: "https://id.example", JWT_AUDIENCE: "orrery-eu" };
  const theirs = await signed({ iss: "https://id.example", aud: ["other", "orrery-eu"] });
  expect((await verifier(own).verify(theirs)).subject).toBe("ada");
  expect(await refusal(verifier(own).verify(await signed({})))).toMatch(/audience|issuer/);
});

test("without a signing key no HS256 token is taken, whatever it is signed with", async () => {
  for (const SIGNING_KEY of ["", "c2hvcnQ", "not base64url!"]) {
    const verify = verifier({ SIGNING_KEY }).verify(await signed({}));
    expect(await refusal(verify)).toBe("unauthenticated: Tokens of this kind are not accepted here");
  }
});

test("an algorithm that no key is for is refused before any key is asked", async () => {
  const es = await generateKeyPair("ES256");
  const token = await new SignJWT({}).setProtectedHeader({ alg: "ES256" }).sign(es.privateKey);
  expect(await refusal(verifier({ JWKS_URL: "https://id.example/keys" }).verify(token))).toMatch(
    /not signed with a key and algorithm accepted here/,
  );
});

test("with a JWKS_URL that is no address, the provider's tokens are refused with that reason and ours are taken", async () => {
  const rsa = await generateKeyPair("RS256");
  const token = await new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "RS256" }).sign(rsa.privateKey);
  const jwt = verifier({ JWKS_URL: "id.example/keys" });
  expect(await refusal(jwt.verify(token))).toMatch(/^unauthenticated: .*JWKS_URL is not an address/);
  expect(await jwt.verify(await signed({}))).toMatchObject({ method: "jwt" });
});

test("a key set that cannot be had is the provider's failure, not the token's", async () => {
  const rsa = await generateKeyPair("RS256");
  const token = await new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "RS256" }).sign(rsa.privateKey);
  expect(await refusal(verifier({ JWKS_URL: "https://id.example/keys" }).verify(token))).toMatch(
    /^upstream_failed/,
  );
});

test("the issuer chooses between Access and the provider; each has its own audience", async () => {
  const team = await generateKeyPair("RS256", { extractable: true });
  const provider = await generateKeyPair("RS256", { extractable: true });
  const keys = {
    "https://team.cloudflareaccess.com/cdn-cgi/access/certs": await exportJWK(team.publicKey),
    "https://id.example/keys": await exportJWK(provider.publicKey),
  };
  const settings = readSettings({
    JWKS_URL: "https://id.example/keys",
    JWT_ISSUER: "https://id.example",
    ACCESS_TEAM_DOMAIN: "team.cloudflareaccess.com",
    ACCESS_AUDIENCE: "tag",
    ACCESS_SCOPES: "agents:read",
  });
  const both = jwtVerifier(settings, {
    now: () => now,
    fetch: (url) => {
      const [, jwk] = Object.entries(keys).find(([address]) => address === url) ?? [];
      return Promise.resolve(Response.json({ keys: jwk ? [{ ...jwk, alg: "RS256" }] : [] }));
    },
  });
  const sign = (claims: Record<string, unknown>, key: CryptoKey) =>
    new SignJWT({ exp: seconds + 60, sub: "x", ...claims }).setProtectedHeader({ alg: "RS256" }).sign(key);
  const access = { iss: "https://team.cloudflareaccess.com", aud: ["tag"] };

  const person = await both.verify(await sign({ ...access, email: "ada@example.org" }, team.privateKey));
  expect(person).toMatchObject({
    subject: "ada@example.org",
    workspaceId: "default",
    scopes: ["agents:read"],
  });
  const service = await both.verify(
    await sign({ ...access, sub: "", common_name: "ci.access" }, team.privateKey),
  );
  expect(service.subject).toBe("ci.access");
  // The provider cannot speak for Access, nor Access choose a workspace.
  const forged = sign({ ...access, email: "ada@example.org" }, provider.privateKey);
  expect(await refusal(both.verify(await forged))).toMatch(/signature/);
  const chosen = await both.verify(
    await sign({ ...access, email: "a@b.c", workspace: "clinic", scopes: ["admin"] }, team.privateKey),
  );
  expect(chosen).toMatchObject({ workspaceId: "default", scopes: ["agents:read"] });
});
