import { describe, expect, it } from "vitest";
import { CreateAgent } from "./agents.ts";
import { CreateExecution } from "./executions.ts";
import { FileName, MediaType, Name } from "./text.ts";

const takes = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown): boolean =>
  schema.safeParse(value).success;

describe("a name", () => {
  it.each(["Librarian", "Ж — «два»", "日本語", "👩‍👩‍👧 family", "  trimmed\n"])("%j is one", (name) => {
    expect(takes(Name, name)).toBe(true);
  });

  it.each([
    "a\u0000b",
    "a\nb",
    "a\r\nb",
    "a\u2028b",
    "a\u0085b",
    "\ud800",
    "a\udc00",
    "\u007f",
    " ",
    "x".repeat(121),
  ])("%j is none", (name) => {
    expect(takes(Name, name)).toBe(false);
    expect(takes(CreateAgent, { name })).toBe(false);
  });
});

describe("a file's name", () => {
  const input = (filename: string) => ({
    input: [{ type: "file", mediaType: "text/plain", filename, url: "data:," }],
  });
  const attachment = (name: string) => ({
    input: "?",
    attachments: [{ name, mediaType: "text/plain", data: "YQ==" }],
  });

  it.each(["lease.md", "Mietvertrag (2).pdf", ".hidden", "契約.txt"])(
    "%j is one, wherever it is given",
    (name) => {
      for (const request of [input(name), attachment(name)])
        expect(takes(CreateExecution, request)).toBe(true);
    },
  );

  it.each(["../n/../x.txt", "a\\b", "a\u0000.txt", "a\nb", "\ud800.txt", ""])(
    "%j is none, wherever it is given",
    (name) => {
      expect(takes(FileName, name)).toBe(false);
      for (const request of [input(name), attachment(name)])
        expect(takes(CreateExecution, request)).toBe(false);
    },
  );
});

describe("a media type", () => {
  it.each([
    "text/plain",
    "text/markdown; charset=utf-8",
    'text/plain;charset="utf-8";format=flowed',
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "image/svg+xml",
    "image/*",
  ])("%j is one", (type) => {
    expect(takes(MediaType, type)).toBe(true);
  });

  it.each([
    "nonsense media type \n",
    "text",
    "text/",
    "/plain",
    "text/plain\r\nx: y",
    "text/plain; charset",
    "a b/c",
  ])("%j is none", (type) => {
    expect(takes(MediaType, type)).toBe(false);
  });

  it("that nearly is one is told in no time", () => {
    expect(takes(MediaType, `a/b${";a=a".repeat(29)}(`)).toBe(false);
    expect(takes(MediaType, `a/b${" ".repeat(120)}(`)).toBe(false);
  });
});

describe("an input of parts", () => {
  const parts = (...lengths: number[]) => ({
    input: lengths.map((length) => ({ type: "text", text: "x".repeat(length) })),
  });

  it("has as much text as one of a single text, its parts together", () => {
    expect(takes(CreateExecution, parts(400_000))).toBe(true);
    expect(takes(CreateExecution, parts(200_000, 200_000))).toBe(true);
    expect(takes(CreateExecution, parts(200_000, 200_001))).toBe(false);
    expect(takes(CreateExecution, parts(...Array.from({ length: 32 }, () => 400_000)))).toBe(false);
  });
});
