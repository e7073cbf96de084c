/** XML as a flat list of what opens, closes and stands between. Source: https://www.w3.org/TR/xml/ */
import { decodeEntities } from "./entities.ts";

export type XmlPart =
  | { type: "open"; name: string; attributes: Readonly<Record<string, string>> }
  | { type: "close"; name: string }
  | { type: "text"; text: string };

/**
 * Names keep their prefixes (`w:p`). An element without content opens and closes. No DTD is read. What begins and has
 * no end ends the document: nothing is looked for twice, however large the file unpacks.
 */
export function* xmlParts(xml: string): Generator<XmlPart, void, undefined> {
  let at = 0;
  while (at < xml.length) {
    const sign = indexOrEnd(xml.indexOf("<", at), xml);
    if (sign > at) yield { type: "text", text: decodeEntities(xml.slice(at, sign)) };
    if (sign === xml.length) return;
    const markup = markupAt(xml, sign);
    yield* markup.parts;
    at = markup.end;
  }
}

interface Markup {
  parts: XmlPart[];
  end: number;
}

const indexOrEnd = (index: number, xml: string): number => (index === -1 ? xml.length : index);

/** What begins with the `<` at `from`. */
function markupAt(xml: string, from: number): Markup {
  if (xml.startsWith("<!--", from)) return { parts: [], end: behind(xml, "-->", from + 4) };
  if (xml.startsWith("<?", from)) return { parts: [], end: behind(xml, "?>", from + 2) };
  if (xml.startsWith("<![CDATA[", from)) {
    const end = behind(xml, "]]>", from + 9);
    return { parts: [{ type: "text", text: xml.slice(from + 9, end - 3) }], end };
  }
  if (xml.startsWith("<!", from)) return { parts: [], end: endOf(xml, from, signsOfDeclaration) };
  const closing = matchAt(/<\/([^\s/<>][^\s<>]*)\s*>/y, xml, from);
  if (closing !== null) {
    return { parts: [{ type: "close", name: closing[1] ?? "" }], end: from + closing[0].length };
  }
  const name = matchAt(/[^\s/<>]+/y, xml, from + 1)?.[0];
  // A sign of its own, as in `a < b`.
  if (name === undefined) return { parts: [], end: from + 1 };
  const end = endOf(xml, from, signsOfTag);
  const isEmpty = xml.startsWith("/>", end - 2);
  const attributes = attributesOf(xml.slice(from + 1 + name.length, end - (isEmpty ? 2 : 1)));
  const close: XmlPart[] = isEmpty ? [{ type: "close", name }] : [];
  return { parts: [{ type: "open", name, attributes }, ...close], end };
}

function matchAt(sticky: RegExp, xml: string, at: number): RegExpExecArray | null {
  sticky.lastIndex = at;
  return sticky.exec(xml);
}

function behind(xml: string, sign: string, from: number): number {
  const index = xml.indexOf(sign, from);
  return index === -1 ? xml.length : index + sign.length;
}

/** What ends a tag, and what opens something in which it does not end; the same for a declaration. */
const signsOfTag = /[>"']/g;
const signsOfDeclaration = /[>[]/g;
const closings: Readonly<Record<string, string>> = { '"': '"', "'": "'", "[": "]" };

/** Behind the next `>` that stands outside of quotes or brackets. */
function endOf(xml: string, from: number, signs: RegExp): number {
  signs.lastIndex = from;
  for (let found = signs.exec(xml); found !== null; found = signs.exec(xml)) {
    const closing = closings[found[0]];
    if (closing === undefined) return found.index + 1;
    signs.lastIndex = behind(xml, closing, found.index + 1);
  }
  return xml.length;
}

/** Each name is looked for where it begins. */
const attribute = /(?<![^\s=])([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

const attributesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(attribute)].map(([, name = "", double, single]) => [
      name,
      decodeEntities(double ?? single ?? ""),
    ]),
  );
