/** The keys that this machine's platform signs and seals with, and its administrator's token. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "@orrery/protocol";
import { SignJWT, base64url, jwtVerify } from "jose";

const day = 24 * 60 * 60;

/** Seconds that a token is good for, and how long before its end it is made anew. */
const lifetime = 365 * day;
const renewBefore = 30 * day;

const claims = {
  workspace: "default",
  scopes: ["agents:read", "agents:write", "executions:run", "admin"],
};

export interface Credentials {
  signingKey: string;
  /** As the variable of that name holds it: `<id>:<base64url of 32 bytes>`, and older ones behind it. */
  keyEncryptionKey: string;
  token: string;
  /** Path of the token's file. */
  tokenPath: string;
}

export interface CredentialOptions {
  statePath: string;
  /** A key that is given from outside goes before the one in the state. Base64url. */
  signingKey?: string | undefined;
  /** The same for the key-encryption keys. */
  keyEncryptionKey?: string | undefined;
  issuer?: string | undefined;
  audience?: string | undefined;
  /** Epoch milliseconds. */
  now?: number;
}

/**
 * Reads keys and token from the state directory, and makes what is missing, what the key does not verify,
 * and a token that ends within a month. The directory is for its owner alone (0700), the files too (0600).
 */
export async function ensureCredentials(options: CredentialOptions): Promise<Credentials> {
  const { statePath, issuer = "orrery", audience = "orrery", now = Date.now() } = options;
  mkdirSync(statePath, { recursive: true, mode: 0o700 });
  chmodSync(statePath, 0o700);

  const signingKey = options.signingKey ?? ensureSecret(join(statePath, "signing-key"), newKey);
  const keyEncryptionKey =
    options.keyEncryptionKey ?? ensureSecret(join(statePath, "key-encryption-key"), newNamedKey);
  const key = base64url.decode(signingKey);
  const tokenPath = join(statePath, "token");
  const kept = existsSync(tokenPath) ? readFileSync(tokenPath, "utf8").trim() : null;
  if (kept !== null && (await isGood(kept, key, { issuer, audience, now }))) {
    chmodSync(tokenPath, 0o600);
    return { signingKey, keyEncryptionKey, token: kept, tokenPath };
  }
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject("local-admin")
    .setIssuedAt(Math.floor(now / 1000))
    .setExpirationTime(Math.floor(now / 1000) + lifetime)
    .setJti(newId(now))
    .sign(key);
  writeSecret(tokenPath, token);
  return { signingKey, keyEncryptionKey, token, tokenPath };
}

const newKey = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(32)));

/** A name of its own tells it from the one that was here before, should that be lost. */
const newNamedKey = (): string =>
  `local-${Buffer.from(crypto.getRandomValues(new Uint8Array(4))).toString("hex")}:${newKey()}`;

function ensureSecret(path: string, make: () => string): string {
  if (existsSync(path)) {
    chmodSync(path, 0o600);
    return readFileSync(path, "utf8").trim();
  }
  const secret = make();
  writeSecret(path, secret);
  return secret;
}

/** Renamed into place: a reader sees the old secret or the new one, never half of it. */
function writeSecret(path: string, secret: string): void {
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, `${secret}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

async function isGood(
  token: string,
  key: Uint8Array,
  { issuer, audience, now }: { issuer: string; audience: string; now: number },
): Promise<boolean> {
  try {
    const { payload } = await jwtVerify(token, key, {
      issuer,
      audience,
      algorithms: ["HS256"],
      currentDate: new Date(now + renewBefore * 1000),
    });
    return payload.sub === "local-admin" && payload["workspace"] === claims.workspace;
  } catch {
    // Expired or soon to be, of another key, or damaged: a new one takes its place.
    return false;
  }
}
