import type { Me, Scope } from "@orrery/protocol";
import { platform } from "#lib/platform/platform.ts";

let me = $state.raw<Me | undefined>();

/** Who is signed in, as the platform sees them. */
export const visitor = {
  get me(): Me | undefined {
    return me;
  },
  /** Whether the token allows this; `true` until the platform has said what it allows. */
  may(scope: Scope): boolean {
    return !me || me.scopes.includes(scope) || me.scopes.includes("admin");
  },
  /** @throws ApiError, ConnectionError */
  async load(signal: AbortSignal): Promise<void> {
    me = await platform.me({ signal });
  },
  forget(): void {
    me = undefined;
  },
};
