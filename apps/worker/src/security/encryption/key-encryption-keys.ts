/** The deployment's key-encryption keys: they wrap the data keys of workspaces, and nothing else. */
import { OrreryError } from "@orrery/protocol";
import { base64url } from "jose";

/** AES-256. */
export const keyBytes = 32;

export interface KeyEncryptionKey {
  /** Names it beside what it wraps. */
  readonly id: string;
  readonly key: Uint8Array;
}

/** The first wraps; all of them unwrap. At least one. */
export type KeyEncryptionKeys = readonly [KeyEncryptionKey, ...KeyEncryptionKey[]];

const form = "<id>:<base64url of 32 bytes>[,<id>:<an older one>…]";

const unusable = (why: string): OrreryError =>
  new OrreryError("conflict", `This deployment has no usable KEY_ENCRYPTION_KEY: ${why}`);

function parseKey(text: string, index: number): KeyEncryptionKey {
  const match = /^([\w.-]{1,64}):([\w-]+)=*$/.exec(text.trim());
  const [, id, encoded] = match ?? [];
  // Never the text itself: it may be a key that was written wrongly.
  if (id === undefined || encoded === undefined)
    throw unusable(`key ${index + 1} is not of the form ${form}`);
  const key = base64url.decode(encoded);
  if (key.byteLength !== keyBytes) {
    throw unusable(`key "${id}" has ${key.byteLength} bytes instead of ${keyBytes}`);
  }
  return { id, key };
}

/** @throws OrreryError `conflict` that says what is wrong with the variable, and never what it holds */
export function parseKeyEncryptionKeys(text: string | undefined): KeyEncryptionKeys {
  if (text === undefined || text.trim() === "") throw unusable("it is not set");
  const [first, ...older] = text.split(",").map(parseKey);
  if (first === undefined) throw unusable("it is not set");
  const keys: KeyEncryptionKeys = [first, ...older];
  const twice = keys.find(({ id }, index) => keys.findIndex((key) => key.id === id) !== index);
  if (twice) throw unusable(`it names "${twice.id}" twice`);
  return keys;
}

const parsed = new WeakMap<object, KeyEncryptionKeys>();

/** Those of this deployment, parsed once. @throws OrreryError as {@link parseKeyEncryptionKeys} */
export function keyEncryptionKeysOf(env: Pick<Env, "KEY_ENCRYPTION_KEY">): KeyEncryptionKeys {
  const known = parsed.get(env);
  if (known) return known;
  const keys = parseKeyEncryptionKeys(env.KEY_ENCRYPTION_KEY);
  parsed.set(env, keys);
  return keys;
}
