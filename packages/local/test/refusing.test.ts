import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { stateHolder } from "../src/index.ts";
import { fixtureConfig, get, launchFixture, runFixture, temporaryDirectory } from "./running.ts";

describe("a state directory", () => {
  it("is held by one process at a time, and the next one is told by whom", async () => {
    const statePath = temporaryDirectory();
    const first = await runFixture(statePath);
    await expect(launchFixture({ statePath })).rejects.toMatchObject({
      name: "LaunchError",
      code: "state_held",
      message: `The state in ${statePath} is in use by process ${first.process.pid}, serving at ${first.url}.`,
    });
    expect(stateHolder(statePath)).toMatchObject({ pid: first.process.pid, url: first.url });
    // It has not been disturbed.
    expect(await (await fetch(`${first.url}/api/hello`)).text()).toBe("hello");
  });

  it("is free again as soon as its holder is killed", async () => {
    const statePath = temporaryDirectory();
    const first = await runFixture(statePath);
    first.process.kill("SIGKILL");
    await first.ended;
    expect(stateHolder(statePath)).toBeNull();
    const second = await launchFixture({ statePath });
    expect(await (await fetch(`${second.url}/api/hello`)).text()).toBe("hello");
  });

  it("is refused when a newer version wrote it, and left as it is", async () => {
    const statePath = temporaryDirectory();
    const newer = await launchFixture({ statePath, stateVersion: 3 });
    await newer.stop();
    const before = readFileSync(join(statePath, "version.json"), "utf8");
    await expect(launchFixture({ statePath, stateVersion: 2 })).rejects.toMatchObject({
      code: "state_newer",
      message: expect.stringContaining("its format is 3, this version knows 2") as string,
    });
    expect(readFileSync(join(statePath, "version.json"), "utf8")).toBe(before);
    const updated = await launchFixture({ statePath, stateVersion: 4 });
    expect(updated.url).toMatch(/^http:/);
  });

  it("is refused when a file is in its place", async () => {
    const statePath = join(temporaryDirectory(), "file");
    writeFileSync(statePath, "");
    await expect(launchFixture({ statePath })).rejects.toMatchObject({ code: "state_unusable" });
  });
});

describe("a port", () => {
  it("that is taken is named, and the state let go", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const statePath = temporaryDirectory();
    await expect(launchFixture({ statePath, port })).rejects.toMatchObject({
      code: "port_taken",
      message: `Port ${port} on 127.0.0.1 is already in use by another program.`,
    });
    expect(stateHolder(statePath)).toBeNull();
  });

  it.each([8787, 0])("on an address that is not this machine's is refused, as port %d is", async (port) => {
    await expect(
      launchFixture({ statePath: temporaryDirectory(), host: "192.0.2.1", port }),
    ).rejects.toMatchObject({
      code: "address_unusable",
      message: `Cannot listen on 192.0.2.1:${port}: this machine has no such address.`,
    });
  });
});

describe("D1 migrations", () => {
  it("are applied in order before anything is served, and recorded where Wrangler records them", async () => {
    const statePath = temporaryDirectory();
    const first = await launchFixture({ statePath });
    expect(first.migrated).toEqual(["0001_people.sql", "0002_more.sql"]);
    expect(await get(first.url, "/api/people")).toEqual(["Ada; Countess", "GRACE"]);
    expect(await get(first.url, "/api/migrations")).toEqual(["0001_people.sql", "0002_more.sql"]);
    await first.stop();
    const second = await launchFixture({ statePath });
    expect(second.migrated).toEqual([]);
  });

  it("that fail leave nothing behind, and a corrected one goes on from there", async () => {
    const project = temporaryDirectory();
    cpSync(dirname(fixtureConfig), project, { recursive: true });
    const config = join(project, "wrangler.jsonc");
    const migration = join(project, "migrations/0003_broken.sql");
    const statePath = temporaryDirectory();

    writeFileSync(migration, "INSERT INTO people (name) VALUES ('half'); INSERT INTO nowhere VALUES (1);");
    await expect(launchFixture({ statePath, config })).rejects.toMatchObject({
      code: "migration_failed",
      message: expect.stringContaining("Migration 0003_broken.sql of fixture failed: ") as string,
    });
    writeFileSync(migration, "INSERT INTO people (name) VALUES ('whole');");
    const { url, migrated } = await launchFixture({ statePath, config });
    expect(migrated).toEqual(["0003_broken.sql"]);
    expect(await get(url, "/api/people")).toEqual(["Ada; Countess", "GRACE", "WHOLE"]);
  });
});
