import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { HangWatch, watchForHang } from "./hang-watch.ts";

/** A runtime whose processor time and answers a test decides. */
class Scene {
  used: number | null = 0;
  asked = 0;
  #answer: () => void = () => undefined;
  readonly watch = new HangWatch(
    {
      used: () => this.used,
      ask: () => {
        this.asked += 1;
        return new Promise((resolve) => (this.#answer = resolve));
      },
    },
    60_000,
  );

  async answer(): Promise<void> {
    this.#answer();
    await Promise.resolve();
  }
}

describe("a runtime", () => {
  it("hangs when it has worked for the whole limit since its last answer", async () => {
    const scene = new Scene();
    scene.used = 59_000;
    expect(scene.watch.look()).toBe(false);
    await scene.answer();
    scene.used = 118_000;
    expect(scene.watch.look()).toBe(false);
    scene.used = 119_000;
    expect(scene.watch.look()).toBe(true);
    expect(scene.asked).toBe(2);
  });

  it("does not hang however long it takes, as long as it does not work", () => {
    const scene = new Scene();
    scene.used = 5_000;
    for (let looks = 0; looks < 10_000; looks += 1) expect(scene.watch.look()).toBe(false);
    expect(scene.asked).toBe(1);
  });

  it("does not hang however much it works, as long as it answers", async () => {
    const scene = new Scene();
    for (let looks = 0; looks < 100; looks += 1) {
      scene.used = (scene.used ?? 0) + 50_000;
      expect(scene.watch.look()).toBe(false);
      await scene.answer();
    }
  });

  const hasIPv6 = Object.values(networkInterfaces()).some((ways) =>
    ways?.some(({ address }) => address === "::1"),
  );
  it.skipIf(!hasIPv6)("is asked at an address of IPv6, too", async () => {
    const server = createServer((_, response) => response.end("here")).listen(0, "::1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const asked = once(server, "request");
    const unwatch = watchForHang(
      process.pid,
      `http://[::1]:${port}`,
      { path: "/", limitMs: 2_000 },
      () => undefined,
    );
    await asked;
    unwatch();
    server.close();
  });

  it("is left alone where nothing says how much it works", () => {
    const scene = new Scene();
    scene.used = null;
    expect(scene.watch.look()).toBe(false);
    expect(scene.asked).toBe(0);
  });
});
