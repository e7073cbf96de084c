import type { ApiError } from "@orrery/client";
import { CreateKey, PublicJwk, type KeyHolder, type Scope } from "@orrery/protocol";
import type { Material, Purpose } from "./key-words.ts";

export type KeyField = "agentId" | "peerName" | "jwk" | "secret" | "id" | "scopes";

/** In the order in which they stand. */
const fields: readonly KeyField[] = ["agentId", "peerName", "jwk", "secret", "id", "scopes"];

const messages: Record<KeyField, string> = {
  agentId: "Choose the agent.",
  peerName: "The name that the peer signs with, at most 120 characters.",
  jwk: "A public JSON Web Key of the type OKP (Ed25519, X25519) or EC (P-256).",
  secret: "Base64url, at least 32 bytes: 43 letters, digits, - or _ or more.",
  id: "Letters, digits and . : @ _ - only, at most 128.",
  scopes: "Choose what it may do.",
};

/** What a peer may do with requests that it signs. */
export type PeerScope = Exclude<Scope, "admin">;

/** A key being made. */
export class KeyDraft {
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
  /** What is wrong that belongs to no field. */
  general = $state("");
  #checked = $state(false);
  #refused = $state.raw<Partial<Record<KeyField, string>>>({});

  /** The key that was pasted, and whether it holds more than it should. */
  readonly #pasted = $derived.by((): { jwk?: PublicJwk; problem?: string } => {
    let value: unknown;
    try {
      value = JSON.parse(this.jwk);
    } catch {
      return { problem: "That is no JSON. Paste the whole key, braces included." };
    }
    const parsed = PublicJwk.safeParse(value);
    if (!parsed.success) return { problem: messages.jwk };
    if ("d" in parsed.data) {
      return { problem: "That is a private key, which the peer should have kept. Ask for the public half." };
    }
    return { jwk: parsed.data };
  });

  readonly #wrong = $derived.by(() => {
    const problems: Partial<Record<KeyField, string>> = {};
    if (this.holder === "peer" && this.material === "jwk" && this.#pasted.problem) {
      problems.jwk = this.#pasted.problem;
    }
    for (const { path } of CreateKey.safeParse(this.toCreate()).error?.issues ?? []) {
      const field = this.#fieldOf(path.join("."));
      if (field) problems[field] ??= messages[field];
    }
    return problems;
  });

  readonly problems: Partial<Record<KeyField, string>> = $derived.by(() => ({
    ...this.#refused,
    ...(this.#checked && this.#wrong),
  }));

  /** Forgets what the platform said: the form has been changed since. */
  edited(): void {
    this.#refused = {};
  }

  /** Checks all fields. Returns the first that is wrong. */
  check(): KeyField | undefined {
    this.#checked = true;
    this.general = "";
    return fields.find((field) => this.#wrong[field]);
  }

  /** Takes over what the platform refused. Returns the first field concerned. */
  refuse(error: ApiError): KeyField | undefined {
    const refused: Partial<Record<KeyField, string>> = {};
    for (const { path, message } of error.errors) {
      const field = this.#fieldOf(path);
      if (field) refused[field] ??= message;
    }
    this.#refused = refused;
    const first = fields.find((field) => refused[field]);
    if (first === undefined) this.general = error.errors[0]?.message ?? error.detail;
    return first;
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

  #fieldOf(path: string): KeyField | undefined {
    if (path.startsWith("holder")) return this.holder === "agent" ? "agentId" : "peerName";
    if (path.startsWith("publicJwk")) return "jwk";
    return fields.find((field) => path === field || path.startsWith(`${field}.`));
  }
}
