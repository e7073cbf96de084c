import { sentence } from "#lib/formatting/sentence.ts";

/**
 * Why a message was refused, as a sentence. What the platform's schemas say of its fields is put in words:
 * `header.target: Invalid input: expected string, received undefined` is a field that is missing.
 */
export function reasonWords(reason: string): string {
  return reason
    .split("; ")
    .map((part) => {
      const [, field, remark] = /^([\w.]+): (.+)$/.exec(part) ?? [];
      return field === undefined || remark === undefined ? sentence(part) : fieldWords(field, remark);
    })
    .join(" ");
}

function fieldWords(field: string, remark: string): string {
  const name = field === "message" ? "The message" : `\`${field}\``;
  const [, expected = "", received = ""] =
    /^Invalid input: expected (\w+), received (\w+)$/.exec(remark) ?? [];
  if (received === "undefined") return `${name} is missing.`;
  if (expected !== "") return `${name} is ${withArticle(received)}, not ${withArticle(expected)}.`;
  const [, options = ""] = /^Invalid option: expected one of (.+)$/.exec(remark) ?? [];
  if (options !== "") return `${name} must be one of ${options.replaceAll("|", ", ")}.`;
  return `${name}: ${remark.charAt(0).toLowerCase()}${sentence(remark).slice(1)}`;
}

const withArticle = (type: string): string =>
  type === "null" ? "null" : `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
