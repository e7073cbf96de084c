import { base64url } from "jose";

/** Seals texts at rest: AES-256-GCM under a key derived (HKDF-SHA-256) from the deployment's own. */
export interface Seal {
  /** `context` must be the same when it is opened: a sealed text cannot be moved to another place. */
  close(text: string, context: string): Promise<string>;
  /** @throws where the text was changed, moved, or sealed under another key. */
  open(sealed: string, context: string): Promise<string>;
}

const nonceBytes = 12;

export function createSeal(secret: Uint8Array<ArrayBuffer>, purpose: string): Seal {
  const encoder = new TextEncoder();

  const derive = async (usage: "encrypt" | "decrypt"): Promise<CryptoKey> => {
    const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
    const salt = new Uint8Array(0);
    return crypto.subtle.deriveKey(
      { name: "HKDF", hash: "SHA-256", salt, info: encoder.encode(purpose) },
      material,
      { name: "AES-GCM", length: 256 },
      false,
      [usage],
    );
  };

  const algorithm = (iv: Uint8Array<ArrayBuffer>, context: string) => ({
    name: "AES-GCM",
    iv,
    additionalData: encoder.encode(context),
  });

  return {
    async close(text, context) {
      const nonce = crypto.getRandomValues(new Uint8Array(nonceBytes));
      const key = await derive("encrypt");
      const body = await crypto.subtle.encrypt(algorithm(nonce, context), key, encoder.encode(text));
      const sealed = new Uint8Array(nonceBytes + body.byteLength);
      sealed.set(nonce);
      sealed.set(new Uint8Array(body), nonceBytes);
      return base64url.encode(sealed);
    },
    async open(sealed, context) {
      const bytes = new Uint8Array(base64url.decode(sealed));
      const key = await derive("decrypt");
      const nonce = bytes.slice(0, nonceBytes);
      const text = await crypto.subtle.decrypt(algorithm(nonce, context), key, bytes.slice(nonceBytes));
      return new TextDecoder().decode(text);
    },
  };
}
