import { sha256Base64 } from "./digest.ts";
import type { OpenApiDocument } from "./openapi.ts";
import { referenceStyle } from "./reference-style.ts";

/** The page runs nothing and loads nothing: its one style sheet is named by its hash. */
export const referencePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${sha256Base64(referenceStyle)}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

type Operation = OpenApiDocument["paths"][string][string];
type Schema = Record<string, unknown>;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Paragraphs and `code`: as much Markdown as our descriptions use. */
const prose = (text: string | undefined): string =>
  (text ?? "")
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph !== "")
    .map((paragraph) => `<p>${escape(paragraph).replaceAll(/`([^`]+)`/g, "<code>$1</code>")}</p>`)
    .join("");

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

const refName = (ref: string): string => ref.slice(ref.lastIndexOf("/") + 1);

const schemaLink = (name: string): string => `<a href="#schema-${slug(name)}">${escape(name)}</a>`;

/** A schema in a few words: `string`, `Agent`, `array of Scope`. */
function typeOf(schema: unknown): string {
  if (typeof schema !== "object" || schema === null) return "any";
  const { $ref, type, items, anyOf, oneOf, enum: values, additionalProperties } = schema as Schema;
  if (typeof $ref === "string") return schemaLink(refName($ref));
  const branches = anyOf ?? oneOf;
  if (Array.isArray(branches)) return branches.map(typeOf).join(" or ");
  if (Array.isArray(values))
    return values.map((value) => `<code>${escape(JSON.stringify(value))}</code>`).join(" | ");
  if (type === "array") return `array of ${typeOf(items)}`;
  if (type === "object" && typeof additionalProperties === "object")
    return `map to ${typeOf(additionalProperties)}`;
  return Array.isArray(type) ? escape(type.join(" or ")) : typeof type === "string" ? escape(type) : "any";
}

const limitNames = [
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "pattern",
  "format",
  "default",
];

const limitsOf = (schema: Schema): string =>
  limitNames
    .filter((name) => schema[name] !== undefined)
    .map((name) => `${name} <code>${escape(JSON.stringify(schema[name]))}</code>`)
    .join(", ");

function fieldRows(schema: Schema): string {
  const required = new Set(schema["required"] as string[] | undefined);
  return Object.entries((schema["properties"] ?? {}) as Record<string, Schema>)
    .map(([name, field]) => {
      const notes = [
        limitsOf(field),
        escape(typeof field["description"] === "string" ? field["description"] : ""),
      ];
      return `<tr><th scope="row"><code>${escape(name)}</code>${required.has(name) ? "" : " <i>optional</i>"}</th><td>${typeOf(field)}</td><td>${notes.filter(Boolean).join(". ")}</td></tr>`;
    })
    .join("");
}

const table = (rows: string): string =>
  rows === ""
    ? ""
    : `<div class="scroll"><table><thead><tr><th>Field</th><th>Type</th><th>Notes</th></tr></thead><tbody>${rows}</tbody></table></div>`;

/** An object as a table of fields, anything else in words. */
function schemaBlock(schema: unknown): string {
  if (typeof schema !== "object" || schema === null) return "";
  const own = schema as Schema;
  const rows = table(fieldRows(own));
  return rows === "" ? `<p>${typeOf(own)}</p>` : rows;
}

function parametersBlock(operation: Operation): string {
  const rows = (operation.parameters ?? []).map((parameter) => {
    const schema = (parameter["schema"] ?? {}) as Schema;
    const notes = [
      limitsOf(schema),
      escape(typeof parameter["description"] === "string" ? parameter["description"] : ""),
    ];
    return `<tr><th scope="row"><code>${escape(parameter.name)}</code> <i>${parameter.in}</i></th><td>${typeOf(schema)}</td><td>${notes.filter(Boolean).join(". ")}</td></tr>`;
  });
  return rows.length === 0 ? "" : `<h4>Parameters</h4>${table(rows.join(""))}`;
}

function bodyBlock(operation: Operation): string {
  const body = operation.requestBody?.content?.["application/json"];
  if (!body) return "";
  const example =
    body.example === undefined
      ? ""
      : `<pre><code>${escape(JSON.stringify(body.example, null, 2))}</code></pre>`;
  return `<h4>Body</h4>${schemaBlock(body["schema"])}${example}`;
}

function responsesBlock(operation: Operation): string {
  const rows = Object.entries(operation.responses)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([status, response]) => {
      const content = (response["content"] ?? {}) as Record<string, { schema?: unknown }>;
      const types = Object.entries(content).map(
        ([type, { schema }]) => `${typeOf(schema)} <i>${escape(type)}</i>`,
      );
      return `<tr><th scope="row"><code>${status}</code></th><td>${types.join("<br>")}</td><td>${prose(response.description)}</td></tr>`;
    });
  return `<h4>Answers</h4>${table(rows.join("")).replace("<th>Field</th>", "<th>Status</th>")}`;
}

function operationBlock(method: string, path: string, operation: Operation): string {
  const id = operation.operationId ?? slug(`${method} ${path}`);
  return `<details id="${escape(id)}"><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escape(path)}</code> <span>${escape(operation.summary ?? "")}</span></summary>
${prose(operation.description)}${parametersBlock(operation)}${bodyBlock(operation)}${responsesBlock(operation)}</details>`;
}

/** The reference as one HTML page, readable without scripts and without a network. */
export function referencePage(document: OpenApiDocument): string {
  const byTag = Map.groupBy(
    Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
    ),
    ({ operation }) => operation.tags?.[0] ?? "Other",
  );
  const sections = [...byTag].map(
    ([tag, entries]) =>
      `<section id="${slug(tag)}"><h2>${escape(tag)}</h2>${entries.map(({ method, path, operation }) => operationBlock(method, path, operation)).join("\n")}</section>`,
  );
  const schemas = Object.entries(document.components["schemas"] ?? {}).map(
    ([name, schema]) =>
      `<article id="schema-${slug(name)}"><h3>${escape(name)}</h3>${prose((schema as Schema)["description"] as string | undefined)}${schemaBlock(schema)}</article>`,
  );
  const links = [...byTag.keys(), "Schemas"].map((tag) => `<a href="#${slug(tag)}">${escape(tag)}</a>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(document.info.title)} API</title><style>${referenceStyle}</style></head>
<body><header><h1>${escape(document.info.title)} API <small>${escape(document.info.version)}</small></h1>
<nav aria-label="Sections">${links.join(" ")} <a href="/openapi.json">openapi.json</a></nav></header>
<main>${prose(document.info.description)}${sections.join("\n")}
<section id="schemas"><h2>Schemas</h2>${schemas.join("\n")}</section></main></body></html>`;
}
