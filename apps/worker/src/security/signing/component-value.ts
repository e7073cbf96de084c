/** Values of covered components (RFC 9421 §2). */
import type { Component } from "./component.ts";
import { NoValue, type StructuredFields, fieldValue } from "./field-value.ts";
import type { MessageParts, RequestParts } from "./message-parts.ts";

/** Parameters that a field may have, and which of them are flags. */
const fieldParameters: ReadonlySet<string> = new Set(["sf", "key", "bs", "req", "tr"]);
const flags: readonly string[] = ["sf", "bs", "req", "tr"];

function checkParameters({ name, parameters }: Component): void {
  const derived = name.startsWith("@");
  for (const [parameter, value] of parameters) {
    const known = derived
      ? parameter === "req" || (name === "@query-param" && parameter === "name")
      : fieldParameters.has(parameter);
    if (!known) throw new NoValue(`${name} has no parameter ${parameter}`);
    const fits = flags.includes(parameter) ? value === true : typeof value === "string";
    if (!fits) throw new NoValue(`the parameter ${parameter} has a value of the wrong kind`);
  }
}

/** The message that a component is of: with `req`, the request which a response answers. */
function contextOf({ parameters }: Component, message: MessageParts): MessageParts {
  if (!parameters.has("req")) return message;
  if (message.kind === "request") throw new NoValue("req is for responses");
  if (message.request === undefined) throw new NoValue("the request of this response is not known");
  return message.request;
}

/** As the application/x-www-form-urlencoded serializer encodes, with %20 for spaces (RFC 9421 §2.2.8). */
const formEncoded = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!~'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function queryParameter(name: unknown, url: URL): string {
  if (typeof name !== "string") throw new NoValue("@query-param needs a name");
  const [found, another] = [...url.searchParams].filter(([own]) => formEncoded(own) === name);
  if (found === undefined) throw new NoValue("the query has no such parameter");
  if (another !== undefined) throw new NoValue("the query has such a parameter more than once");
  return formEncoded(found[1]);
}

/**
 * `@request-target` is the origin form of HTTP/1.1, which is all that Fetch can tell. Paths and queries are as the URL
 * parser has them, percent-encoding kept.
 */
const derived: Record<string, (request: RequestParts, url: URL, of: Component) => string> = {
  "@method": ({ method }) => method,
  "@target-uri": ({ url }) => url,
  "@authority": (_, url) => url.host,
  "@scheme": (_, url) => url.protocol.slice(0, -1),
  "@request-target": (_, url) => url.pathname + url.search,
  "@path": (_, url) => url.pathname,
  "@query": (_, url) => url.search || "?",
  "@query-param": (_, url, { parameters }) => queryParameter(parameters.get("name"), url),
};

function derivedValue(of: Component, message: MessageParts): string {
  if (of.name === "@status") {
    if (message.kind === "request") throw new NoValue("a request has no @status");
    return String(message.status);
  }
  const derive = Object.hasOwn(derived, of.name) ? derived[of.name] : undefined;
  if (derive === undefined) throw new NoValue(`there is no component ${of.name}`);
  if (message.kind === "response") throw new NoValue(`a response has no ${of.name}`);
  return derive(message, new URL(message.url), of);
}

/** What a signature base may hold: visible ASCII, spaces and tabs, and never a line's end. */
const allowed = /^[\t\x20-\x7e]*$/;

/** @throws NoValue with the reason, in words that may be shown */
export function componentValue(of: Component, message: MessageParts, structured: StructuredFields): string {
  checkParameters(of);
  const context = contextOf(of, message);
  let value: string;
  if (of.name.startsWith("@")) {
    value = derivedValue(of, context);
  } else {
    const fields = of.parameters.has("tr") ? context.trailers : context.fields;
    if (fields === undefined) throw new NoValue("trailers are not known here");
    value = fieldValue(of, fields, structured);
  }
  if (!allowed.test(value)) throw new NoValue(`${of.name} holds characters that cannot be signed`);
  return value;
}
