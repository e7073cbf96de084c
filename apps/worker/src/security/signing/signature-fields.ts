/** Signature and Signature-Input (RFC 9421 §4) as they came, held to limits before anything is computed. */
import { isInnerList, parseDictionary } from "structured-headers";
import { unauthenticated } from "../refusal.ts";
import { type Component, componentFrom } from "./component.ts";
import type { Fields } from "./message-parts.ts";
import type { SignatureParameters } from "./signature-base.ts";

/** Characters of either field; those of ours have about 300. */
const longestField = 8_192;
/** Signatures of one message. */
const mostSignatures = 8;
/** Components of one signature. */
const mostComponents = 64;

export interface GivenSignature {
  readonly label: string;
  readonly components: readonly Component[];
  readonly parameters: SignatureParameters;
  readonly signature: Uint8Array;
}

/**
 * Members of a dictionary, by its commas outside of strings. A parser keeps the last of two with one name; two
 * signatures with one label are nobody's honest doing.
 */
function countMembers(dictionary: string): number {
  let count = 1;
  let quoted: "string" | "display" | null = null;
  for (let at = 0; at < dictionary.length; at++) {
    const character = dictionary[at];
    if (quoted !== null) {
      if (character === '"') quoted = null;
      // Display strings escape by percent signs (RFC 9651 §4.1.11).
      else if (character === "\\" && quoted === "string") at += 1;
    } else if (character === '"') quoted = dictionary[at - 1] === "%" ? "display" : "string";
    else if (character === ",") count += 1;
  }
  return count;
}

function membersOf(fields: Fields, name: string): ReturnType<typeof parseDictionary> {
  const value = fields(name)?.join(", ");
  if (value === undefined) throw unauthenticated(`The message has no ${name} field`);
  if (value.length > longestField) throw unauthenticated(`The ${name} field is too long`);
  let members: ReturnType<typeof parseDictionary>;
  try {
    members = parseDictionary(value);
  } catch (cause) {
    throw unauthenticated(`The ${name} field is not well formed`, cause);
  }
  if (members.size !== countMembers(value)) throw unauthenticated(`The ${name} field has a label twice`);
  if (members.size > mostSignatures) throw unauthenticated("The message has too many signatures");
  return members;
}

/**
 * All signatures of a message.
 * @throws OrreryError unauthenticated where the fields are missing, malformed, too long, or do not go together
 */
export function givenSignatures(fields: Fields): GivenSignature[] {
  const inputs = membersOf(fields, "signature-input");
  const signatures = membersOf(fields, "signature");
  return [...inputs].map(([label, input]) => {
    const value = signatures.get(label)?.[0];
    if (!isInnerList(input) || !(value instanceof ArrayBuffer)) {
      throw unauthenticated("Signature and Signature-Input do not go together");
    }
    const [items, parameters] = input;
    if (items.length > mostComponents) throw unauthenticated("The signature covers too many components");
    return { label, components: items.map(componentFrom), parameters, signature: new Uint8Array(value) };
  });
}
