import { describe, expect, it } from "vitest";
import { mediaOf, toolAnswer } from "./parts.ts";

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);

describe("mediaOf", () => {
  it("takes bytes, base64, data URLs and addresses", () => {
    const base64 = { kind: "base64", mediaType: "image/png", data: "iVBORw==", name: undefined };
    expect(mediaOf({ type: "image", image: png, mediaType: "image/png" })).toEqual(base64);
    expect(mediaOf({ type: "image", image: png.buffer })).toEqual(base64);
    expect(mediaOf({ type: "image", image: "data:image/png;base64,iVBORw==" })).toEqual(base64);
    expect(mediaOf({ type: "file", data: { type: "data", data: png }, mediaType: "image/png" })).toEqual(
      base64,
    );
    expect(mediaOf({ type: "image", image: new URL("https://example.com/a") })).toEqual({
      kind: "url",
      mediaType: "image/*",
      url: "https://example.com/a",
      name: undefined,
    });
  });

  it("tells the type of an address from its ending where nobody says", () => {
    const typeOf = (image: string) => mediaOf({ type: "image", image });
    expect(typeOf("https://example.com/a.JPG?size=2")).toMatchObject({ mediaType: "image/jpeg" });
    expect(typeOf("https://example.com/a.png/b")).toMatchObject({ mediaType: "image/*" });
    expect(() => typeOf("https://")).toThrow(/address that is none/);
  });

  it("reads data URLs that hold text, percent-encoded or in base64", () => {
    const read = (data: string) => mediaOf({ type: "file", data, mediaType: "text/plain" });
    expect(read("data:text/plain,na%C3%AFve")).toMatchObject({ kind: "text", text: "naïve" });
    expect(read("data:text/plain;charset=utf-8;base64,aGk=")).toMatchObject({ kind: "text", text: "hi" });
    expect(() => read("data:text/plain,%")).toThrow(/cannot be read/);
    expect(() => read("no base64!")).toThrow(/not valid base64/);
  });

  it("tells an image's type from its bytes where nobody says", () => {
    expect(mediaOf({ type: "image", image: "/9j/4AAQ" })).toMatchObject({ mediaType: "image/jpeg" });
    expect(mediaOf({ type: "image", image: "R0lGODlh", mediaType: "image/*" })).toMatchObject({
      mediaType: "image/gif",
    });
  });

  it("reads text files as text, in UTF-8", () => {
    const data = btoa(String.fromCharCode(...new TextEncoder().encode("naïve")));
    expect(mediaOf({ type: "file", data, mediaType: "text/markdown", filename: "a.md" })).toEqual({
      kind: "text",
      text: "naïve",
      name: "a.md",
    });
  });

  it("encodes a file of megabytes", () => {
    const bytes = new Uint8Array(3_000_000).fill(65);
    expect(mediaOf({ type: "file", data: bytes, mediaType: "application/pdf" })).toMatchObject({
      data: "QUFB".repeat(1_000_000),
    });
  });

  it("refuses a file that only another provider holds", () => {
    const part = { type: "file" as const, mediaType: "application/pdf", data: { openai: "file-1" } };
    expect(() => mediaOf(part)).toThrow(/attach it again/);
  });
});

describe("toolAnswer", () => {
  const answer = (output: Parameters<typeof toolAnswer>[0]["output"]) =>
    toolAnswer({ type: "tool-result", toolCallId: "1", toolName: "t", output });

  it("puts every form of an answer into text, and errors apart", () => {
    expect(answer({ type: "text", value: "hi" })).toEqual({ text: "hi", isError: false });
    expect(answer({ type: "json", value: { a: 1 } })).toEqual({ text: '{"a":1}', isError: false });
    expect(answer({ type: "json", value: "hi" })).toEqual({ text: '"hi"', isError: false });
    expect(answer({ type: "error-text", value: "no" })).toEqual({ text: "no", isError: true });
    expect(answer({ type: "error-json", value: { no: 1 } })).toEqual({ text: '{"no":1}', isError: true });
    expect(answer({ type: "execution-denied" })).toMatchObject({ isError: true });
    expect(
      answer({
        type: "content",
        value: [
          { type: "text", text: "see" },
          { type: "file", data: { type: "data", data: png }, mediaType: "image/png" },
        ],
      }),
    ).toEqual({ text: "see\n[a image/png that is not shown]", isError: false });
  });
});
