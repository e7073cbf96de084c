import { CreateKey, PublicJwk, type KeyHolder, type Scope } from "@orrery/protocol";
import { FormDraft, type Problems } from "#lib/forms/form-draft.svelte.ts";
import type { Material, Purpose } from "./key-words.ts";

export type KeyField = "agentId" | "peerName" | "jwk" | "secret" | "id" | "scopes";

/** In the order in which they stand. */
const fields: readonly KeyField[] = ["agentId", "peerName", "jwk", "secret", "id", "scopes"];

const messages: Record<KeyField, string> = {
  agentId: "Choose an agent.",
  peerName: "Enter the name the peer signs with, at most 120 characters.",
  jwk: "A public JSON Web Key of the type OKP (Ed25519, X25519) or EC (P-256).",
  secret: "Base64url, at least 32 bytes: 43 letters, digits, - or _ or more.",
  id: "Letters, digits and . : @ _ - only, at most 128.",
  scopes: "Choose what it may do.",
};

/** What a peer may do with requests that it signs. */
export type PeerScope = Exclude<Scope, "admin">;

/** A key being made. */
export class KeyDraft extends FormDraft<KeyField> {
  holder = $state<KeyHolder["kind"]>("workspace");
  agentId = $state("");
  peerName = $state("");
  /** Of our own keys. */
  purpose = $state<Purpose>("Ed25519");
  /** Of a peer's. */
  material = $state<Material>("jwk");
  jwk = $state("");
  secret = $state("");
  id = $state("");
  scopes = $state<PeerScope[]>([]);
  readonly #before: string;

  constructor() {
    super(fields);
    this.#before = JSON.stringify(this.toCreate());
  }

  readonly changed = $derived.by(() => JSON.stringify(this.toCreate()) !== this.#before);

  /** The key that was pasted, and whether it holds more than it should. */
  readonly #pasted = $derived.by((): { jwk?: PublicJwk; problem?: string } => {
    let value: unknown;
    try {
      value = JSON.parse(this.jwk);
    } catch {
      return { problem: "This is not JSON. Paste the whole key, braces included." };
    }
    const parsed = PublicJwk.safeParse(value);
    if (!parsed.success) return { problem: messages.jwk };
    if ("d" in parsed.data) {
      return {
        problem: "This is a private key, which the peer should keep to itself. Ask for the public half.",
      };
    }
    return { jwk: parsed.data };
  });

  protected override wrong(): Problems<KeyField> {
    const problems: Problems<KeyField> = {};
    if (this.holder === "peer" && this.material === "jwk" && this.#pasted.problem) {
      problems.jwk = this.#pasted.problem;
    }
    for (const { path } of CreateKey.safeParse(this.toCreate()).error?.issues ?? []) {
      const field = this.fieldOf(path.join("."));
      if (field) problems[field] ??= messages[field];
    }
    return problems;
  }

  protected override fieldOf(path: string): KeyField | undefined {
    if (path.startsWith("holder")) return this.holder === "agent" ? "agentId" : "peerName";
    if (path.startsWith("publicJwk")) return "jwk";
    return fields.find((field) => path === field || path.startsWith(`${field}.`));
  }

  /** The request that makes this key. Call after {@link check}. */
  toCreate(): CreateKey {
    if (this.holder !== "peer") {
      const holder: KeyHolder =
        this.holder === "agent" ? { kind: "agent", agentId: this.agentId } : { kind: "workspace" };
      return this.purpose === "Ed25519" || this.purpose === "HS256"
        ? { use: "sign", algorithm: this.purpose, holder }
        : { use: "encrypt", algorithm: "ECDH-ES+A256KW", curve: this.purpose, holder };
    }
    const common = {
      holder: { kind: "peer", name: this.peerName.trim() } as const,
      ...(this.id.trim() && { id: this.id.trim() }),
    };
    const scopes = [...this.scopes];
    if (this.material !== "jwk") {
      const secret = this.secret.trim();
      return {
        ...common,
        use: "sign",
        algorithm: "HS256",
        scopes,
        ...(this.material === "given" && { secret }),
      };
    }
    const { jwk } = this.#pasted;
    if (jwk?.crv === "P-256" || jwk?.crv === "X25519") {
      return { ...common, use: "encrypt", algorithm: "ECDH-ES+A256KW", curve: jwk.crv, publicJwk: jwk };
    }
    return { ...common, use: "sign", algorithm: "Ed25519", scopes, ...(jwk && { publicJwk: jwk }) };
  }

  /** Whether requests can be signed with it, so that it may be allowed something. */
  get signs(): boolean {
    return this.toCreate().use === "sign";
  }
}
