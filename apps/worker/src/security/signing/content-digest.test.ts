import { describe, expect, test } from "vitest";
import { checkContentDigest, contentDigest } from "./content-digest.ts";

const body = new TextEncoder().encode('{"hello": "world"}');

test("both algorithms hold a body", () => {
  checkContentDigest(contentDigest(body), body);
  checkContentDigest(contentDigest(body, "sha-512"), body);
  checkContentDigest(`${contentDigest(body)}, ${contentDigest(body, "sha-512")}, md5=:AAAA:`, body);
  checkContentDigest(contentDigest(new Uint8Array()), new Uint8Array());
});

describe("refused", () => {
  const other = new TextEncoder().encode('{"hello": "World"}');

  test.each([
    ["another body", contentDigest(other), "differs"],
    [
      "one digest of two is another's",
      `${contentDigest(body)}, ${contentDigest(other, "sha-512")}`,
      "differs",
    ],
    ["a digest cut short", "sha-256=:AAAA:", "differs"],
    ["no algorithm that holds", "md5=:AAAA:, unixsum=1", "neither"],
    ["nothing", "", "neither"],
    ["a digest that is no bytes", "sha-256=1", "not well formed"],
    ["no dictionary", "sha-256=:", "not well formed"],
  ])("%s", (_, field, reason) => {
    expect(() => checkContentDigest(field, body)).toThrow(reason);
  });
});
