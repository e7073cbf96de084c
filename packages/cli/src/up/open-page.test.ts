import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openPagePath, removeOpenPage, writeOpenPage } from "./open-page.ts";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "open-page-"));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(state, { recursive: true });
});

const url = "http://127.0.0.1:8787/#token=ey.a-b_c";

describe("the page that opens the console", () => {
  it("leads there, and is its owner's alone", () => {
    const path = writeOpenPage(state, url);
    expect(readFileSync(path, "utf8")).toContain(`content="0;url=${url}"`);
    expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
  });

  it("takes the place of one that was left behind, and is not written through a link", () => {
    const other = join(state, "other");
    writeFileSync(other, "mine");
    symlinkSync(other, openPagePath(state));
    writeOpenPage(state, url);
    expect(readFileSync(other, "utf8")).toBe("mine");
    expect(readFileSync(openPagePath(state), "utf8")).toContain(url);
  });

  it("goes when a browser has had a minute to read it, or at once", () => {
    vi.useFakeTimers();
    const path = writeOpenPage(state, url);
    removeOpenPage(path, "soon");
    vi.advanceTimersByTime(59_000);
    expect(existsSync(path)).toBe(true);
    vi.advanceTimersByTime(1_000);
    expect(existsSync(path)).toBe(false);
    removeOpenPage(writeOpenPage(state, url), "now");
    expect(existsSync(path)).toBe(false);
  });
});
