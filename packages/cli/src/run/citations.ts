import type { MessagePart, SourcePart } from "@orrery/client";
import { oneLine } from "../output/text.ts";
import type { Style } from "../output/style.ts";

interface Place {
  start: number;
  end: number;
}

/**
 * The documents an answer rests on, a line each with the places it quotes. Places that the text
 * names itself, as extracts do, are not repeated. Empty where nothing is left to say.
 */
export function citations(parts: readonly MessagePart[], style: Style): string {
  const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("\n");
  const documents = new Map<string, Place[]>();
  for (const part of parts) {
    if (part.type !== "source-document") continue;
    const place = placeOf(part);
    if (place !== undefined && text.includes(`characters ${place.start}–${place.end}`)) continue;
    const places = documents.get(part.title) ?? [];
    documents.set(part.title, place === undefined ? places : [...places, place]);
  }
  if (documents.size === 0) return "";
  const lines = [...documents].map(([title, places]) => {
    const where = places.map(({ start, end }) => `${start}–${end}`).join(", ");
    return `  ${oneLine(title)}${where === "" ? "" : style.dim(`  characters ${where}`)}\n`;
  });
  return `${style.bold("Sources")}\n${lines.join("")}`;
}

function placeOf({ providerMetadata }: SourcePart): Place | undefined {
  const start = providerMetadata?.["orrery"]?.["start"];
  const end = providerMetadata?.["orrery"]?.["end"];
  return typeof start === "number" && typeof end === "number" ? { start, end } : undefined;
}
