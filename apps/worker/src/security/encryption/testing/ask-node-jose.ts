/**
 * Has a message encrypted or opened by node-jose, in a process of its own: the conditions that tests resolve packages by
 * keep node-jose from loading.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export type PeerRequest =
  | { encrypt: { key: object; text: string } }
  | { decrypt: { key: object; jwe: string } };

/** The message or its text. @throws Error with what the peer said where it fails */
export function askNodeJose(request: PeerRequest): string {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const program = fileURLToPath(new URL("node-jose-peer.ts", import.meta.url).href);
  return execFileSync(process.execPath, [program], { input: JSON.stringify(request), env, encoding: "utf8" });
}
