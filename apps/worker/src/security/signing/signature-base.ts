/** What is signed (RFC 9421 §2.5). */
import { type BareItem, type InnerList, serializeInnerList } from "structured-headers";
import { type Component, identifierOf, sameComponentKey, toItem } from "./component.ts";
import { componentValue } from "./component-value.ts";
import { NoValue, type StructuredFields, structuredFields } from "./field-value.ts";
import type { MessageParts } from "./message-parts.ts";

/** A signature's parameters, in order: `created`, `expires`, `nonce`, `alg`, `keyid`, `tag`, or others. */
export type SignatureParameters = ReadonlyMap<string, BareItem>;

export interface Covered {
  readonly components: readonly Component[];
  readonly parameters: SignatureParameters;
}

/** As Signature-Input has them, without the label. */
export const signatureInputOf = ({ components, parameters }: Covered): string => {
  const list: InnerList = [components.map(toItem), new Map(parameters)];
  return serializeInnerList(list);
};

/** @throws NoValue where a component is covered twice, or has no value */
export function signatureBase(
  covered: Covered,
  message: MessageParts,
  structured: StructuredFields = structuredFields,
): string {
  const seen = new Set<string>();
  const lines = covered.components.map((of) => {
    const key = sameComponentKey(of);
    if (seen.has(key)) throw new NoValue(`${of.name} is covered twice`);
    seen.add(key);
    if (of.name === "@signature-params") throw new NoValue("@signature-params is covered by itself");
    return `${identifierOf(of)}: ${componentValue(of, message, structured)}`;
  });
  return [...lines, `"@signature-params": ${signatureInputOf(covered)}`].join("\n");
}
