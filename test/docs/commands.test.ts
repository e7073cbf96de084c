import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requirement } from "../e2e/requirements.ts";
import { redisMissing } from "../platform/redis-server.ts";
import { startRedis } from "../fuse/redis.ts";
import type { RedisServer } from "../fuse/redis.ts";
import { freePort } from "../platform/platform.ts";
import { blocksOf } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { Checkout, pages, readPage } from "./checkout.ts";
import type { Started } from "./checkout.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const blocks = pages(root).flatMap((page) => blocksOf(page, readPage(root, page)));

/** The ports that pages speak of: the platform's, a model's and that of Redis. The tests put free ones in their place. */
const documentedPort = "8787";
const documentedModelPort = "9999";
const documentedRedisPort = "6379";

const starts = (block: Block): boolean => /^(?:[A-Z_]+='[^']*' )?npm start/.test(block.script);
/** Programs that go on in a terminal of their own until the page starts them anew. */
const isService = (block: Block): boolean =>
  /examples\/(?:fuse\/existing-agent|slow-model)\.mjs/.test(block.script);
const needsRedis = (block: Block): boolean => block.script.includes(documentedRedisPort);
const firstLine = (block: Block): string => block.script.trim().split("\n")[0] ?? "";

/** Someone who follows pages, one after the other, each on a platform without any state. */
class Reader {
  readonly #checkout = new Checkout(root);
  #platform: Started | null = null;
  #service: Started | null = null;
  readonly #beside = new Map<Block, Started>();
  #redis: RedisServer | null = null;
  #port = 0;
  #modelPort = 0;

  /** Begins a page. What is not its subject, a running platform or a Redis, is there. */
  async turnTo(page: readonly Block[]): Promise<void> {
    await this.#tidy();
    this.#checkout.forget();
    this.#port = await freePort();
    this.#modelPort = await freePort();
    if (page.some(needsRedis)) this.#redis = await startRedis();
    if (page[0] !== undefined && !starts(page[0])) await this.#start("npm start");
  }

  /** @throws AssertionError with what the commands said, when they fail. */
  async follow(block: Block): Promise<void> {
    const text = block.script
      .replaceAll(documentedPort, String(this.#port))
      .replaceAll(documentedModelPort, String(this.#modelPort))
      .replaceAll(documentedRedisPort, String(this.#redis?.port));
    if (block.file !== null) return this.#checkout.save(block.file, text);
    if (starts(block)) return this.#start(text);
    if (block.beside !== null) {
      const command = this.#checkout.startBeside(text);
      this.#beside.set(block, command);
      return command.saying(block.beside.first, 60_000);
    }
    if (isService(block)) {
      await this.#service?.stop();
      this.#service = this.#checkout.start(text);
      return this.#service.saying("listens on", 30_000);
    }
    const { code, output } = await this.#checkout.run(text, {
      timeout: 110_000,
      installed: block.document.startsWith("packages/"),
    });
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
  }

  /** Waits for what a block has started beside the page: it comes to its own end, whatever happened meanwhile. */
  async ending(block: Block): Promise<void> {
    const command = this.#beside.get(block);
    if (command === undefined || block.beside === null) throw new Error("it was not started");
    expect(await command.end(60_000)).toBe(0);
    expect(command.output.split(block.beside.last)).toHaveLength(2);
  }

  async leave(): Promise<void> {
    await this.#tidy();
    this.#checkout.remove();
  }

  async #tidy(): Promise<void> {
    for (const command of this.#beside.values()) await command.stop();
    await this.#service?.stop();
    await this.#platform?.stop();
    await this.#redis?.stop();
    this.#beside.clear();
    this.#service = null;
    this.#platform = null;
    this.#redis = null;
  }

  async #start(script: string): Promise<void> {
    await this.#platform?.stop();
    const command = script.replace(/npm start(?: --)?/, `npm start -- --port ${this.#port}`).trim();
    this.#platform = this.#checkout.start(command);
    await this.#platform.serving(`http://127.0.0.1:${this.#port}/readyz`, 150_000);
  }
}

describe("the commands of the pages", () => {
  let reader: Reader;
  beforeAll(() => {
    reader = new Reader();
  });
  afterAll(() => reader.leave());

  for (const page of new Set(blocks.map((block) => block.document))) {
    const followed = blocks.filter((block) => block.document === page && block.unrun === null);
    if (followed.length === 0) continue;
    // A machine without a redis-server cannot follow what is said of one; there, its test suite says so.
    const cannot = followed.some(needsRedis) && redisMissing() !== null;

    describe.skipIf(cannot)(requirement("commands-run", page), () => {
      beforeAll(() => reader.turnTo(followed));

      for (const block of followed) {
        it(`line ${block.line}: ${firstLine(block)}`, { timeout: 200_000 }, () => reader.follow(block));
      }
      for (const block of followed.filter(({ beside }) => beside !== null)) {
        it(`line ${block.line}: it ends well`, { timeout: 200_000 }, () => reader.ending(block));
      }
    });
  }
});

describe("commands that are not run", () => {
  it("are these few, each for the reason that the page gives", () => {
    const unrun = blocks.filter((block) => block.unrun !== null);
    expect(unrun.map((block) => `${block.document}: ${firstLine(block)} (${block.unrun})`)).toEqual([
      "README.md: npm test (the tests are what runs this page)",
      "README.md: npm run deploy (needs a Cloudflare account)",
      "docs/deploy.md: npx wrangler login (needs a Cloudflare account)",
      "docs/deploy.md: npm run deploy (needs a Cloudflare account)",
      "docs/deploy.md: export ORRERY_URL=https://orrery.<your-subdomain>.workers.dev (needs a Cloudflare account)",
    ]);
  });
});
