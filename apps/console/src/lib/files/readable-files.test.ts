import { describe, expect, test } from "vitest";
import { whyNoDocument, whyUnreadable } from "./readable-files.ts";

describe("files", () => {
  test.each([
    ["notes.md", "text/markdown"],
    ["report.pdf", "application/pdf"],
    ["main.rs", ""],
    ["drawing.svg", "image/svg+xml"],
    ["data", "application/octet-stream"],
  ])("such as %s are read", (name, type) => {
    expect(whyUnreadable({ name, type }, false)).toBeUndefined();
  });

  test("that are images are for models that see, and the others say what they read instead", () => {
    const image = { name: "lens.png", type: "image/png" };
    expect(whyUnreadable(image, true)).toBeUndefined();
    expect(whyUnreadable(image, false)).toBe(
      "lens.png is an image, which this agent's model cannot see. It can read PDF, Markdown, HTML, CSV, JSON and plain text.",
    );
  });

  test.each([
    ["offer.docx", ""],
    ["call.mp3", "audio/mpeg"],
    ["scan.tiff", "image/tiff"],
    ["all.ZIP", "application/zip"],
  ])("such as %s are nothing for anyone", (name, type) => {
    expect(whyUnreadable({ name, type }, true)).toContain("and see PNG, JPEG, WebP and GIF images");
  });

  test("that an agent is to keep are not empty, not too large, and hold text", () => {
    const why = (name: string, type: string, size: number) => whyNoDocument({ name, type, size });
    const limit = 10 * 1024 * 1024;
    expect(why("terms.md", "text/markdown", limit)).toBeUndefined();
    expect(why("terms.md", "text/markdown", limit + 1)).toBe("terms.md is larger than 10 MB.");
    expect(why("terms.md", "text/markdown", 0)).toBe("terms.md is empty.");
    expect(why("offer.docx", "", 10)).toBe(
      "offer.docx cannot be read. Agents read PDF, Markdown, HTML, CSV, JSON and plain text.",
    );
    expect(why("lens.png", "image/png", 10)).toBe(
      "lens.png is an image. Agents read the text of PDF, Markdown, HTML, CSV, JSON and plain text. You can show it to the agent in a conversation.",
    );
  });
});
