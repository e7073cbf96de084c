import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirement } from "../e2e/requirements.ts";
import { blocksOf } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { Checkout, pages, readPage } from "./checkout.ts";
import type { Started } from "./checkout.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const blocks = pages(root).flatMap((page) => blocksOf(page, readPage(root, page)));

/** The port that pages speak of; the tests put a free one in its place. */
const documentedPort = "8787";

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const starts = (block: Block): boolean => block.script.startsWith("npm start");
const firstLine = (block: Block): string => block.script.trim().split("\n")[0] ?? "";

/** A page's commands in order, in one checkout, on one platform: the page's own, or one that runs already. */
class Reader {
  #checkout: Checkout | null = null;
  #platform: Started | null = null;
  #port = 0;

  async open(): Promise<void> {
    this.#checkout = new Checkout(root);
    this.#port = await freePort();
  }

  async start(script: string): Promise<void> {
    await this.#platform?.stop();
    const command = script.replace(/^npm start(?: --)?/, `npm start -- --port ${this.#port}`).trim();
    this.#platform = this.#of().start(command);
    await this.#platform.serving(`http://127.0.0.1:${this.#port}/readyz`, 150_000);
  }

  async follow(block: Block): Promise<void> {
    if (starts(block)) return await this.start(block.script);
    const text = block.script.replaceAll(documentedPort, String(this.#port));
    const script = block.language === "ts" ? this.#of().program(text) : text;
    const { code, output } = await this.#of().run(script, 110_000);
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
  }

  async close(): Promise<void> {
    await this.#platform?.stop();
    this.#checkout?.remove();
  }

  #of(): Checkout {
    if (this.#checkout === null) throw new Error("nothing is checked out");
    return this.#checkout;
  }
}

for (const page of new Set(blocks.map((block) => block.document))) {
  const followed = blocks.filter((block) => block.document === page && block.unrun === null);
  if (followed.length === 0) continue;

  describe(requirement("commands-run", page), () => {
    const reader = new Reader();
    beforeAll(async () => {
      await reader.open();
      const [first] = followed;
      if (first && !starts(first)) await reader.start("npm start");
    });
    afterAll(() => reader.close());

    for (const block of followed) {
      it(`line ${block.line}: ${firstLine(block)}`, { timeout: 200_000 }, () => reader.follow(block));
    }
  });
}

describe("commands that are not run", () => {
  it("are these few, each for the reason that the page gives", () => {
    const unrun = blocks.filter((block) => block.unrun !== null);
    expect(unrun.map((block) => `${block.document}: ${firstLine(block)} (${block.unrun})`)).toEqual([]);
  });
});
