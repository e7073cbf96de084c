import type { CreateToken, Scope } from "@orrery/protocol";
import { FormDraft, type Problems } from "#lib/forms/form-draft.svelte.ts";

export type TokenField = "name" | "scopes";

const day = 86_400;

/** Seconds that a token may be valid for. */
export const lifetimes = [
  { value: "none", label: "Until revoked" },
  { value: String(day), label: "1 day" },
  { value: String(30 * day), label: "30 days" },
  { value: String(90 * day), label: "90 days" },
  { value: String(365 * day), label: "1 year" },
] as const;

/** A token being made. */
export class TokenDraft extends FormDraft<TokenField> {
  name = $state("");
  scopes = $state<Scope[]>(["agents:read", "executions:run"]);
  lifetime = $state<string>(String(90 * day));

  constructor() {
    super(["name", "scopes"]);
  }

  readonly changed = $derived.by(() => this.name !== "");

  protected override wrong(): Problems<TokenField> {
    const name = this.name.trim();
    return {
      ...(name === "" && { name: "Name it after what will use it." }),
      ...(name.length > 120 && { name: "At most 120 characters." }),
      ...(this.scopes.length === 0 && { scopes: "Choose at least one." }),
    };
  }

  protected override fieldOf(path: string): TokenField | undefined {
    const [head] = path.split(".");
    return head === "name" || head === "scopes" ? head : undefined;
  }

  /** The request that makes it. Call after {@link check}. */
  toCreate(): CreateToken {
    return {
      name: this.name.trim(),
      kind: "api-key",
      scopes: [...this.scopes],
      ...(this.lifetime !== "none" && { expiresIn: Number(this.lifetime) }),
    };
  }
}
