/** Values of components, by the examples of RFC 9421 §2. */
import { parseItem } from "structured-headers";
import { describe, expect, test } from "vitest";
import { componentFrom } from "./component.ts";
import { componentValue } from "./component-value.ts";
import { type StructuredFields, structuredFields } from "./field-value.ts";
import { type MessageParts, responseParts } from "./message-parts.ts";
import { signatureBase } from "./signature-base.ts";
import { fieldLines, testRequest, testResponse } from "./testing/rfc9421.ts";

const known: StructuredFields = { ...structuredFields, "example-dict": "dictionary" };

/** The value of a component that is written as in a signature base. */
const valueOf = (identifier: string, message: MessageParts): string =>
  componentValue(componentFrom(parseItem(identifier)), message, known);

const request = (url: string, ...lines: (readonly [string, string])[]): MessageParts => ({
  kind: "request",
  method: "GET",
  url,
  fields: fieldLines(...lines),
});

const page = "https://www.example.com/path?param=value";

test.each([
  ['"@method"', page, "GET"],
  ['"@target-uri"', page, "https://www.example.com/path?param=value"],
  ['"@authority"', "https://WWW.Example.com:443/", "www.example.com"],
  ['"@authority"', "http://www.example.com:8080/", "www.example.com:8080"],
  ['"@scheme"', "http://www.example.com/", "http"],
  ['"@request-target"', page, "/path?param=value"],
  ['"@path"', page, "/path"],
  ['"@path"', "https://www.example.com", "/"],
  ['"@path"', "https://www.example.com/a%20b", "/a%20b"],
  ['"@query"', `${page}&foo=bar&baz=bat%2Dman`, "?param=value&foo=bar&baz=bat%2Dman"],
  ['"@query"', "https://www.example.com/path?queryString", "?queryString"],
  ['"@query"', "https://www.example.com/path", "?"],
])("derived: %s of %s", (identifier, url, value) => {
  expect(valueOf(identifier, request(url))).toBe(value);
});

describe("@query-param", () => {
  const query =
    "https://www.example.com/p?param=value&foo=bar&baz=batman&qux=&twice=1&twice=2&" +
    "var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something&a!=(b)";

  test.each([
    ["baz", "batman"],
    ["qux", ""],
    ["param", "value"],
    ["var", "this%20is%20a%20big%0Amultiline%20value"],
    ["bar", "with%20plus%20whitespace"],
    ["fa%C3%A7ade%22%3A%20", "something"],
    ["a%21", "%28b%29"],
  ])("%s", (name, value) => {
    expect(valueOf(`"@query-param";name="${name}"`, request(query))).toBe(value);
  });

  test.each(["twice", "absent", "façade"])("%s has no value", (name) => {
    const of = { name: "@query-param", parameters: new Map([["name", name]]) };
    expect(() => componentValue(of, request(query), known)).toThrow("parameter");
  });

  test("needs a name", () => {
    expect(() => valueOf('"@query-param"', request(query))).toThrow("needs a name");
  });
});

describe("fields", () => {
  const message = request(
    page,
    ["X-OWS-Header", "   Leading and trailing whitespace.   "],
    ["X-Obs-Fold-Header", "Obsolete\r\n    line folding."],
    ["Cache-Control", "max-age=60"],
    ["Cache-Control", "   must-revalidate"],
    ["Example-Dict", " a=1,    b=2;x=1;y=2,   c=(a   b   c), d"],
    ["X-Empty-Header", " "],
    ["Example-Header", "value, with, lots"],
    ["Example-Header", "of, commas"],
    ["X-Latin", "caf\u00e9"],
  );

  test.each([
    ['"x-ows-header"', "Leading and trailing whitespace."],
    ['"x-obs-fold-header"', "Obsolete line folding."],
    ['"cache-control"', "max-age=60, must-revalidate"],
    ['"example-dict"', "a=1,    b=2;x=1;y=2,   c=(a   b   c), d"],
    ['"example-dict";sf', "a=1, b=2;x=1;y=2, c=(a b c), d"],
    ['"example-dict";key="a"', "1"],
    ['"example-dict";key="b"', "2;x=1;y=2"],
    ['"example-dict";key="c"', "(a b c)"],
    ['"example-dict";key="d"', "?1"],
    ['"x-empty-header"', ""],
    ['"example-header"', "value, with, lots, of, commas"],
    ['"example-header";bs', ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"],
    ['"x-latin";bs', ":Y2Fm6Q==:"],
  ])("%s", (identifier, value) => {
    expect(valueOf(identifier, message)).toBe(value);
  });

  test.each([
    ['"absent"', "there is no field absent"],
    ['"x-latin"', "cannot be signed"],
    ['"example-dict";key="z"', "no member z"],
    ['"x-ows-header";sf', "not known to be a structured field"],
    ['"example-dict";bs;sf', "bs goes with neither"],
    ['"example-dict";bs;key="a"', "bs goes with neither"],
    ['"example-dict";unknown', "no parameter unknown"],
    ['"example-dict";sf=?0', "wrong kind"],
    ['"example-dict";key', "wrong kind"],
    ['"cache-control";tr', "trailers are not known"],
    ['"cache-control";req', "req is for responses"],
    ['"@method";sf', "no parameter sf"],
    ['"@status"', "a request has no @status"],
    ['"@unheard-of"', "there is no component"],
    ['"@constructor"', "there is no component"],
  ])("%s has no value", (identifier, reason) => {
    expect(() => valueOf(identifier, message)).toThrow(reason);
  });

  test.each(["Upper-Case", "with space", "", "@", "@Method"])("%j is no component", (name) => {
    expect(() => componentFrom([name, new Map()])).toThrow("no component");
  });
});

describe("responses", () => {
  const response: MessageParts = { ...testResponse, status: 503, request: testRequest };

  test("cover their status, and with req what they answer", () => {
    expect(valueOf('"@status"', response)).toBe("503");
    expect(valueOf('"@method";req', response)).toBe("POST");
    expect(valueOf('"@path";req', response)).toBe("/foo");
    expect(valueOf('"content-length"', response)).toBe("23");
    expect(valueOf('"content-length";req', response)).toBe("18");
  });

  test("have no method, and nothing of a request that is not known", () => {
    expect(() => valueOf('"@method"', response)).toThrow("a response has no @method");
    expect(() => valueOf('"@method";req', testResponse)).toThrow("not known");
  });

  test("take trailers from trailers alone", () => {
    const trailed: MessageParts = {
      ...testResponse,
      fields: fieldLines(["Trailer", "Expires"]),
      trailers: fieldLines(["Expires", "Wed, 9 Nov 2022 07:28:00 GMT"]),
    };
    expect(valueOf('"trailer"', trailed)).toBe("Expires");
    expect(valueOf('"expires";tr', trailed)).toBe("Wed, 9 Nov 2022 07:28:00 GMT");
    expect(() => valueOf('"expires"', trailed)).toThrow("no field");
  });

  test("of Fetch are covered as they are, each cookie by itself", () => {
    const headers = new Headers([
      ["set-cookie", "a=1, b"],
      ["set-cookie", "c=2"],
    ]);
    const parts = responseParts(new Response(null, { status: 204, headers }), new Request(page));
    expect(valueOf('"@status"', parts)).toBe("204");
    expect(valueOf('"@target-uri";req', parts)).toBe(page);
    expect(valueOf('"set-cookie";bs', parts)).toBe(":YT0xLCBi:, :Yz0y:");
  });
});

describe("a base holds each component once", () => {
  const baseOf = (...identifiers: string[]): string =>
    signatureBase(
      { components: identifiers.map((one) => componentFrom(parseItem(one))), parameters: new Map() },
      { ...testResponse, request: testRequest },
    );

  test("whatever the order of its parameters", () => {
    expect(() => baseOf('"@method";req', '"@method";req')).toThrow("covered twice");
    expect(() => baseOf('"content-digest";sf;req', '"content-digest";req;sf')).toThrow("covered twice");
  });

  test("and those that differ by a parameter are two", () => {
    const digest = testResponse.fields("content-digest")?.[0];
    const its = testRequest.fields("content-digest")?.[0];
    expect(baseOf('"content-digest"', '"content-digest";req')).toBe(
      `"content-digest": ${digest}\n"content-digest";req: ${its}\n` +
        '"@signature-params": ("content-digest" "content-digest";req)',
    );
  });

  test("its parameters are no component", () => {
    expect(() => baseOf('"@signature-params"')).toThrow("covered by itself");
  });
});
