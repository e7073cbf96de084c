import { describe, expect, it } from "vitest";
import { objectClasses, parseWranglerConfig } from "./wrangler-config.ts";

const minimal = { name: "worker", compatibility_date: "2026-11-01" };
const parse = (config: object) => parseWranglerConfig(JSON.stringify(config), "wrangler.jsonc");

describe("reading a Wrangler configuration", () => {
  it("takes comments and trailing commas", () => {
    const text = `{ // the name
      "name": "worker", /* dated */ "compatibility_date": "2026-11-01", }`;
    expect(parseWranglerConfig(text, "wrangler.jsonc").name).toBe("worker");
  });

  it("passes over what only concerns deployments", () => {
    expect(parse({ ...minimal, account_id: "abc", routes: ["example.com"] }).name).toBe("worker");
  });

  it("names what it has no local form of, instead of leaving it out", () => {
    expect(() => parse({ ...minimal, hyperdrive: [], mtls_certificates: [] })).toThrow(
      'wrangler.jsonc asks for "hyperdrive", "mtls_certificates", which has no local form here.',
    );
  });

  it("says on which line the text is broken", () => {
    expect(() => parseWranglerConfig('{\n"name": }', "wrangler.jsonc")).toThrow(
      "wrangler.jsonc:2: ValueExpected.",
    );
  });

  it("says where a value is wrong", () => {
    expect(() => parse({ ...minimal, d1_databases: [{}] })).toThrow("d1_databases.0.binding");
  });
});

describe("Durable Object classes", () => {
  it("are what all migrations together make of them", () => {
    const config = parse({
      ...minimal,
      durable_objects: { bindings: [{ name: "NEW", class_name: "New" }] },
      migrations: [
        { tag: "1", new_classes: ["Old"], new_sqlite_classes: ["Gone", "Kept"] },
        { tag: "2", renamed_classes: [{ from: "Old", to: "Renamed" }], deleted_classes: ["Gone"] },
      ],
    });
    expect([...objectClasses(config)]).toEqual([
      ["Kept", "sqlite"],
      ["Renamed", "legacy-kv"],
      ["New", "sqlite"],
    ]);
  });
});
