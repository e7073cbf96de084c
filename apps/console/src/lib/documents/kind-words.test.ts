import { expect, test } from "vitest";
import { kindOf } from "./kind-words.ts";

test.each([
  ["terms.md", "text/markdown; charset=utf-8", "Markdown"],
  ["report", "application/pdf", "PDF"],
  ["prices.csv", "application/octet-stream", "CSV"],
  ["notes.md", "text/plain", "Markdown"],
  ["main.rs", "text/x-rust", "Plain text"],
  ["archive.bin", "application/octet-stream", "Other"],
])("%s (%s) is called %s", (name, mediaType, kind) => {
  expect(kindOf({ name, mediaType })).toBe(kind);
});
