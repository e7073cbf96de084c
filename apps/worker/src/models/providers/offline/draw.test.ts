import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { drawImage } from "./draw.ts";

/** Reads a PNG by its own rules, checksums included, as far as ours use them. */
function readPng(file: Uint8Array): { width: number; height: number; rows: Uint8Array; types: string[] } {
  expect(Array.from(file.subarray(0, 8))).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const types: string[] = [];
  let data = new Uint8Array(0);
  for (let at = 8; at < file.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    types.push(type);
    if (type === "IDAT") data = new Uint8Array(file.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return { width: view.getUint32(16), height: view.getUint32(20), rows: inflateSync(data), types };
}

describe("drawImage", () => {
  it("draws a PNG of 512 pixels square, or of the size that is asked for", async () => {
    const square = readPng(await drawImage({ prompt: "a blue evening" }));
    expect(square).toMatchObject({ width: 512, height: 512, types: ["IHDR", "IDAT", "IEND"] });
    expect(square.rows).toHaveLength(512 * (512 * 3 + 1));
    const wide = readPng(await drawImage({ prompt: "a blue evening", width: 96, height: 64 }));
    expect(wide).toMatchObject({ width: 96, height: 64 });
    expect(readPng(await drawImage({ prompt: "x", height: 64 }))).toMatchObject({ width: 64, height: 64 });
  });

  it("draws the same for the same prompt and seed, and something else for any other", async () => {
    const draw = (prompt: string, seed?: number) =>
      drawImage({ prompt, width: 64, ...(seed !== undefined && { seed }) });
    const first = await draw("a quiet system", 7);
    expect(await draw("a quiet system", 7)).toEqual(first);
    expect(await draw("a quiet system", 8)).not.toEqual(first);
    expect(await draw("a quiet systen", 7)).not.toEqual(first);
  });

  it("uses the colours that the prompt names", async () => {
    const share = async (prompt: string): Promise<number[]> => {
      const { rows } = readPng(await drawImage({ prompt, width: 64 }));
      // The first pixel of the first row is stored as it is: a corner of the sky.
      return Array.from(rows.subarray(1, 4));
    };
    const [red, , blue] = await share("a crimson sky over nothing");
    expect(red).toBeGreaterThan(blue ?? 0);
    const [less, , more] = await share("a blue sky over nothing");
    expect(more).toBeGreaterThan(less ?? 0);
  });
});
