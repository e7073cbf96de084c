import fc from "fast-check";
import { ModelPrice } from "@orrery/protocol";
import { describe, expect, it } from "vitest";
import { parseServers } from "../servers.ts";
import { Catalog, catalogFor } from "./catalog.ts";
import { parseCatalog } from "./configured.ts";
import { CatalogEntry, idOf } from "./entry.ts";
import { retired } from "./retired.ts";
import { serverEntry } from "./server-entries.ts";
import { shipped } from "./shipped.ts";

const none = parseServers(undefined);
const configured = (value: unknown): Catalog => new Catalog(shipped, parseCatalog(JSON.stringify(value)));

describe("what is shipped", () => {
  it.each(shipped.map((entry) => [idOf(entry), entry] as const))("%s follows the schema", (_, entry) => {
    expect(CatalogEntry.parse(entry)).toEqual(entry);
    if (entry.price !== null) expect(ModelPrice.parse(entry.price)).toEqual(entry.price);
  });

  it("has each name once", () => {
    const names = shipped.flatMap((entry) => [idOf(entry), ...entry.aliases]);
    expect(new Set(names).size).toBe(names.length);
    expect(new Catalog(shipped).problems).toEqual([]);
  });

  it("gives tasks only to models of their kind, and lengths to all embeddings", () => {
    for (const { kind, tasks, dimensions } of shipped) {
      if (kind === "embedding") expect(dimensions).toBeGreaterThan(0);
      else expect(dimensions).toBeNull();
      expect(tasks.includes("embed")).toBe(kind === "embedding");
      expect(tasks.includes("image")).toBe(kind === "image");
    }
  });

  it("counts Workers AI's prices in neurons too, at $0.011 a thousand", () => {
    for (const { provider, price } of shipped) {
      if (provider !== "workers-ai" || price === null) continue;
      const { inputMicros, outputMicros, imageMicros, neurons } = price;
      for (const [micros, milli] of [
        [inputMicros, neurons?.inputMilli],
        [outputMicros, neurons?.outputMilli],
        [imageMicros, neurons?.imageMilli],
      ]) {
        if (micros === undefined || micros === 0) continue;
        // Thousandths of a neuron to micro-dollars: 0.011; price lists round to a tenth of a cent.
        expect(Math.abs(((milli ?? 0) * 0.011) / micros - 1)).toBeLessThan(0.02);
      }
    }
  });

  it("has every model that takes a retired one's place, and no retired one", () => {
    const ids = new Set(shipped.map(idOf));
    for (const [id, successor] of retired) {
      expect(ids).toContain(successor);
      expect(ids).not.toContain(id);
    }
  });
});

describe("MODEL_CATALOG", () => {
  it("changes what is said of a model, and leaves the rest of it", () => {
    const entry = configured({ "openai/gpt-5": { quality: 4, regions: ["eu"] } }).find("gpt-5");
    expect(entry).toMatchObject({ quality: 4, regions: ["eu"], name: "GPT-5", contextTokens: 400_000 });
  });

  it("adds models, of which only what is said is promised", () => {
    const catalog = configured({
      "lab/llama": { contextTokens: 8192, aliases: ["house"], tasks: ["chat"] },
    });
    expect(catalog.find("house")).toMatchObject({
      provider: "lab",
      model: "llama",
      name: "llama",
      contextTokens: 8192,
      price: null,
      vision: false,
      guessed: false,
    });
  });

  it("adds aliases, and takes none away", () => {
    const id = "workers-ai/@cf/meta/llama-4-scout-17b-16e-instruct";
    const catalog = configured({ [id]: { aliases: ["scout", "scout"] } });
    expect(catalog.problems).toEqual([]);
    expect(catalog.find("scout")).toBe(catalog.find("Llama2_7b"));
  });

  it("takes a retired model back where someone describes it", () => {
    expect(new Catalog(shipped).successorOf("openai/gpt-4")).toBe("openai/gpt-4.1");
    expect(configured({ "openai/gpt-4": {} }).successorOf("openai/gpt-4")).toBeUndefined();
  });

  it.each([
    ["not JSON", "{", "MODEL_CATALOG is not valid JSON"],
    ["a list", "[]", "MODEL_CATALOG is not a JSON object of entries by id"],
    ["no id", '{"gpt": {}}', "MODEL_CATALOG is not valid at gpt: expected an id such as openai/gpt-5"],
    [
      "a price that is a float",
      '{"openai/x": {"price": {"inputMicros": 0.5, "outputMicros": 1}}}',
      "MODEL_CATALOG is not valid at openai/x.price.inputMicros",
    ],
    ["an unknown field", '{"openai/x": {"colour": "red"}}', "MODEL_CATALOG is not valid at openai/x"],
  ])("that is %s is told, and takes nothing away", (_, json, words) => {
    const catalog = new Catalog(shipped, parseCatalog(json));
    expect(catalog.problems).toEqual([expect.stringContaining(words)]);
    expect(catalog.entries).toHaveLength(shipped.length);
  });

  it("gives away no name that is taken", () => {
    const catalog = configured({
      "openai/ours": { aliases: ["Llama2_7b", "openai/gpt-5", "auto:fast", "ours-too"] },
    });
    expect(catalog.problems).toHaveLength(3);
    expect(catalog.find("Llama2_7b")?.provider).toBe("workers-ai");
    expect(catalog.find("openai/gpt-5")?.model).toBe("gpt-5");
    expect(catalog.find("ours-too")?.model).toBe("ours");
  });

  it("never breaks the catalog, whatever it holds", () => {
    const id = fc.oneof(
      fc.constantFrom(...shipped.map(idOf)),
      fc.string(),
      fc.constantFrom("lab/a", "lab/b", "/", "a/", "/a", "__proto__", "openai/__proto__"),
    );
    const fields = "kind price regions aliases quality tasks name provider contextTokens tools dimensions";
    const field = fc.constantFrom(...fields.split(" "));
    const values = ["text", "embedding", null, 3, 4096, true, ["eu"], ["chat"], [], ["Llama2_7b", "x"]];
    const likely = fc.constantFrom<unknown>(...values, { inputMicros: 1, outputMicros: 2 });
    const override = fc.dictionary(field, fc.oneof(likely, fc.jsonValue()));
    const json = fc.oneof(
      fc.string(),
      fc.json(),
      fc.dictionary(id, fc.oneof(override, fc.jsonValue())).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(json, (text) => {
        const catalog = new Catalog(shipped, parseCatalog(text));
        for (const entry of catalog.entries) CatalogEntry.parse(entry);
        const ids = catalog.entries.map(idOf);
        expect(new Set(ids).size).toBe(ids.length);
        for (const entry of shipped) expect(ids).toContain(idOf(entry));
        for (const entry of catalog.entries) expect(catalog.find(idOf(entry))).toBe(entry);
        for (const { aliases } of shipped) {
          for (const alias of aliases) expect(catalog.find(alias)).toBeDefined();
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a model of a server of one's own", () => {
  const local = "http://127.0.0.1:11434/v1";

  it.each([
    ["llama3.2", "text", 1],
    ["qwen3:8b", "text", 1],
    ["qwen3-32b", "text", 2],
    ["llama3.1:70b-instruct-q4", "text", 2],
    ["mixtral-8x7b", "text", 1],
    ["nomic-embed-text", "embedding", 1],
    ["bge-reranker-v2", "rerank", 1],
  ])("%s is taken for %s of quality %s", (model, kind, quality) => {
    expect(serverEntry("ollama", model, local)).toMatchObject({ kind, quality, guessed: true });
  });

  it("costs nothing, and stays on this machine if its server does", () => {
    expect(serverEntry("ollama", "m", local)).toMatchObject({
      price: { inputMicros: 0, outputMicros: 0 },
      regions: ["local"],
    });
    for (const elsewhere of ["http://10.0.0.7:8000/v1", "https://127.0.0.1.example.org/v1"]) {
      expect(serverEntry("lab", "m", elsewhere)).toMatchObject({ regions: ["global"] });
    }
    expect(serverEntry("ollama", "m", "http://localhost:1/v1")).toMatchObject({ regions: ["local"] });
  });
});

it("a configuration's catalog is made once", () => {
  const json = JSON.stringify({ "openai/once": {} });
  expect(catalogFor(json, none)).toBe(catalogFor(json, none));
  expect(catalogFor(json, none)).not.toBe(catalogFor(undefined, none));
});

describe("a stand-in for Workers AI", () => {
  const catalog = catalogFor(undefined, none, true);

  it("is chosen only by name, costs nothing, and is of this machine", () => {
    const standIns = catalog.entries.filter(({ provider }) => provider === "workers-ai");
    expect(standIns.length).toBeGreaterThan(0);
    for (const entry of standIns) {
      expect(CatalogEntry.parse(entry)).toEqual(entry);
      expect(entry).toMatchObject({
        tasks: [],
        quality: null,
        regions: ["local"],
        price: { inputMicros: 0, outputMicros: 0 },
      });
      expect(entry.name).toContain("stand-in");
    }
    expect(catalog.find("Llama2_7b")?.provider).toBe("workers-ai");
  });

  it("changes nothing of others, nor of Cloudflare's own", () => {
    const others = catalog.entries.filter(({ provider }) => provider !== "workers-ai");
    expect(others).toEqual(shipped.filter(({ provider }) => provider !== "workers-ai"));
    expect(catalogFor(undefined, none).entries).toEqual(shipped);
  });
});
