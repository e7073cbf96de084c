/** XML as a flat list of what opens, closes and stands between. Source: https://www.w3.org/TR/xml/ */
import { decodeEntities } from "./entities.ts";

export type XmlPart =
  | { type: "open"; name: string; attributes: Readonly<Record<string, string>> }
  | { type: "close"; name: string }
  | { type: "text"; text: string };

const part =
  /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<!(?:[^>[]|\[[^\]]*\])*>|<\/([^\s>]+)\s*>|<([^\s/>]+)((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>|([^<]+)/g;

/** Names keep their prefixes (`w:p`). An element without content opens and closes. No DTD is read. */
export function* xmlParts(xml: string): Generator<XmlPart, void, undefined> {
  for (const [, data, closing, opening, attributes, empty, text] of xml.matchAll(part)) {
    if (text !== undefined) yield { type: "text", text: decodeEntities(text) };
    else if (data !== undefined) yield { type: "text", text: data };
    else if (closing !== undefined) yield { type: "close", name: closing };
    else if (opening !== undefined) {
      yield { type: "open", name: opening, attributes: attributesOf(attributes ?? "") };
      if (empty === "/") yield { type: "close", name: opening };
    }
  }
}

const attributesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, name = "", double, single]) => [
      name,
      decodeEntities(double ?? single ?? ""),
    ]),
  );
