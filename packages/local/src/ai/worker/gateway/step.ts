import type { GatewayOptions } from "./gateway-options.ts";

/** One provider that is asked, in the provider's own terms. */
export interface Step {
  provider: string;
  /** The path under the provider, with its query. */
  endpoint: string;
  method: string;
  /** For the provider; those of the gateway and of the connection are left out when it is asked. */
  headers: Headers;
  /** JSON, or bytes as they came. */
  body: string | Uint8Array<ArrayBuffer> | null;
  options: GatewayOptions;
}

export const textOf = (body: Step["body"]): string =>
  typeof body === "string" ? body : body === null ? "" : new TextDecoder().decode(body);

/** The fields of a JSON body. One that is no object has none; whoever needs a field says which. */
export function fieldsOf(body: Step["body"]): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(textOf(body));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
