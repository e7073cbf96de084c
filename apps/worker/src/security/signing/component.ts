/** Identifiers of what a signature covers (RFC 9421 §2): `"@method"`, `"content-digest";req`, `"example";key="a"`. */
import { type BareItem, type Item, serializeItem } from "structured-headers";
import { unauthenticated } from "../refusal.ts";

export interface Component {
  /** `@` and a derived component's name, or a field's name in lower case. */
  readonly name: string;
  /** In the order in which they were given: it is signed too. */
  readonly parameters: ReadonlyMap<string, BareItem>;
}

/** A component: its name, and its parameters in order. */
export const component = (name: string, parameters: Readonly<Record<string, BareItem>> = {}): Component => ({
  name,
  parameters: new Map(Object.entries(parameters)),
});

export const toItem = ({ name, parameters }: Component): Item => [name, new Map(parameters)];

/** Its form in a signature base and in Signature-Input. */
export const identifierOf = (of: Component): string => serializeItem(toItem(of));

/** Two identifiers that differ in the order of their parameters alone name one component. */
export const sameComponentKey = ({ name, parameters }: Component): string =>
  serializeItem([
    name,
    new Map([...parameters].toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))),
  ]);

const fieldName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const derivedName = /^@[a-z][a-z-]*$/;

/** @throws OrreryError unauthenticated where an item is no identifier */
export function componentFrom([name, parameters]: Item): Component {
  if (typeof name !== "string" || !(fieldName.test(name) || derivedName.test(name))) {
    throw unauthenticated("The signature covers something that is no component of a message");
  }
  return { name, parameters };
}
