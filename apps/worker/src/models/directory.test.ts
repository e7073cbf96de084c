import { describe, expect, it } from "vitest";
import { shipped } from "./catalog/shipped.ts";
import { createGateway, type GatewayEnv } from "./gateway.ts";
import { ModelStatistics } from "./routing/statistics.ts";

const gatewayOf = (env: GatewayEnv) => createGateway(env, { statistics: new ModelStatistics() });

const idFor = (env: GatewayEnv, name: string): string => {
  const checked = gatewayOf(env).check(name, "text");
  return "model" in checked ? checked.model.id : checked.problem;
};

const servers = JSON.stringify({
  ollama: { baseUrl: "http://127.0.0.1:11434/v1", models: ["nomic-embed-text", "llama3.2"] },
});

describe("a name", () => {
  it.each(["Llama2_7b", "Llama2_13b", "CodeLlama_7b", "Mistral_7b", "SqlCoder_7b"])(
    "that existing clients use, %s, means a model that Workers AI serves today",
    (name) => {
      expect(idFor({}, name)).toMatch(/^workers-ai\/@cf\//);
    },
  );

  it("TextEmbedding means an embedding model, and is no text model", () => {
    const gateway = gatewayOf({});
    expect(gateway.check("TextEmbedding", "embedding")).toMatchObject({
      model: { id: "workers-ai/@cf/baai/bge-base-en-v1.5", kind: "embedding", dimensions: 768 },
    });
    expect(gateway.check("TextEmbedding", "text")).toEqual({
      problem: "TextEmbedding is an embedding model: choose a text model",
    });
  });

  it("may be the provider's own, without the provider", () => {
    expect(idFor({}, "claude-opus-5-5")).toBe("anthropic/claude-opus-5-5");
  });

  it("that is misspelt brings up the one that was meant", () => {
    expect(idFor({}, "openai/gpt5-mini")).toContain("openai/gpt-5-mini");
    expect(idFor({}, "offline/extracts")).toContain("Did you mean offline/extract?");
    expect(idFor({}, "auto:fastest")).toContain("auto:fast");
  });

  it("that nothing resembles brings up the providers", () => {
    expect(idFor({ MODEL_SERVERS: servers }, "xyzzy-9000")).toMatch(/providers here are .*ollama.*offline/);
  });

  it("that is not listed is taken on trust where there is a key, and only there", () => {
    expect(idFor({ OPENAI_API_KEY: "k" }, "openai/some-new-model")).toBe("openai/some-new-model");
    expect(idFor({}, "openai/some-new-model")).toMatch(/cannot be tried: set OPENAI_API_KEY/);
    expect(idFor({ OPENAI_API_KEY: " " }, "openai/some-new-model")).toMatch(/cannot be tried/);
  });

  it("that has been withdrawn brings up what took its place, key or not", () => {
    for (const env of [{}, { ANTHROPIC_API_KEY: "k" }]) {
      expect(idFor(env, "anthropic/claude-3-opus-20240229")).toBe(
        "anthropic/claude-3-opus-20240229 has been withdrawn by its maker: choose anthropic/claude-opus-5-5",
      );
    }
    expect(idFor({}, "gpt-3.5-turbo")).toContain("choose openai/gpt-4.1-mini");
  });

  it("under a server of one's own is taken, listed or not", () => {
    expect(idFor({ MODEL_SERVERS: servers }, "ollama/llama3.2")).toBe("ollama/llama3.2");
    expect(idFor({ MODEL_SERVERS: servers }, "ollama/qwen3:8b")).toBe("ollama/qwen3:8b");
  });

  it("of an unknown server says what is wrong with MODEL_SERVERS", () => {
    expect(idFor({ MODEL_SERVERS: "{" }, "lab/model")).toContain("MODEL_SERVERS is not valid JSON.");
  });

  it("that only the configuration knows is known, and an unreadable configuration is told", () => {
    const added = JSON.stringify({
      "openai/ours": { name: "Ours", contextTokens: 4096, aliases: ["house"] },
    });
    expect(idFor({ OPENAI_API_KEY: "k", MODEL_CATALOG: added }, "house")).toBe("openai/ours");
    expect(idFor({ MODEL_CATALOG: "{" }, "house")).toContain("MODEL_CATALOG is not valid JSON.");
  });
});

describe("auto", () => {
  it("chooses by what can be used, always the same, and never nothing", () => {
    expect(idFor({}, "auto")).toBe("offline/extract");
    expect(idFor({}, "auto:best")).toBe("offline/extract");
    expect(idFor({ MODEL_SERVERS: servers }, "auto")).toBe("ollama/llama3.2");
    expect(idFor({ MODEL_SERVERS: servers, ANTHROPIC_API_KEY: "k" }, "auto:cheap")).toBe("ollama/llama3.2");
    expect(idFor({ MODEL_SERVERS: servers, ANTHROPIC_API_KEY: "k" }, "auto")).toBe(
      "anthropic/claude-sonnet-5-5",
    );
    expect(idFor({ OPENAI_API_KEY: "k" }, "auto:best")).toBe("openai/gpt-6.1-sol");
    expect(idFor({ AI: {} }, "auto:fast")).toBe("workers-ai/@cf/qwen/qwen3-30b-a3b-fp8");
  });

  it("chooses embedding and image models too, by their task or where no other will do", () => {
    const gateway = gatewayOf({});
    for (const name of ["auto", "auto:embed"]) {
      expect(gateway.check(name, "embedding")).toMatchObject({ model: { id: "offline/hash-768" } });
    }
    expect(gateway.check("auto:image", "image")).toMatchObject({ model: { id: "offline/draw" } });
    expect(gateway.check("auto:image", "text")).toHaveProperty("problem");
  });
});

describe("the list", () => {
  const inCatalog = shipped.length;

  it("says of every model whether it can be used, and what to do if not", async () => {
    const models = await gatewayOf({}).list();
    expect(models).toHaveLength(inCatalog);
    for (const model of models) expect(model.usable).toBe(model.reason === null);
    expect(models.filter((model) => model.usable)).toMatchObject([
      { id: "offline/extract", extractive: true, aliases: ["auto", "auto:fast", "auto:cheap", "auto:best"] },
      { id: "offline/hash-768", kind: "embedding", dimensions: 768 },
      { id: "offline/draw", kind: "image" },
    ]);
    expect(models.find((model) => model.provider === "anthropic")?.reason).toContain("ANTHROPIC_API_KEY");
  });

  it("puts what can be used first, servers of one's own before all", async () => {
    const models = await gatewayOf({ MODEL_SERVERS: servers, GOOGLE_API_KEY: "k" }).list();
    expect(models[0]).toMatchObject({ id: "ollama/nomic-embed-text", kind: "embedding", regions: ["local"] });
    expect(models[1]).toMatchObject({ id: "ollama/llama3.2", kind: "text", usable: true });
    const firstUnusable = models.findIndex((model) => !model.usable);
    expect(models.slice(firstUnusable).some((model) => model.usable)).toBe(false);
  });

  it("survives a MODEL_SERVERS and a MODEL_CATALOG that are nonsense, and says so", async () => {
    const gateway = gatewayOf({ MODEL_SERVERS: "[1", MODEL_CATALOG: "3" });
    await expect(gateway.list()).resolves.toHaveLength(inCatalog);
    expect(gateway.problems()).toEqual([
      "MODEL_SERVERS is not valid JSON",
      "MODEL_CATALOG is not a JSON object of entries by id",
    ]);
  });

  it("says of an entry whose provider nobody is, and leaves it out", async () => {
    const gateway = gatewayOf({ MODEL_CATALOG: JSON.stringify({ "nobody/model": {} }) });
    await expect(gateway.list()).resolves.toHaveLength(inCatalog);
    expect(gateway.problems()).toEqual([
      "MODEL_CATALOG describes nobody/model, but no provider here is named nobody",
    ]);
  });

  it("shows what was measured", async () => {
    const statistics = new ModelStatistics();
    const at = Date.now();
    for (let call = 0; call < 10; call++) {
      statistics.record({
        model: "offline/extract",
        location: "local",
        at,
        outcome: "completed",
        firstTokenMs: 10,
        latencyMs: 100,
      });
    }
    const models = await createGateway({}, { statistics }).list();
    const health = models.find((model) => model.id === "offline/extract")?.health;
    expect(health?.calls).toBeCloseTo(10, 1);
    expect(Math.abs((health?.latencyP95 ?? 0) - 100)).toBeLessThan(5);
    expect(health).toMatchObject({ errorRate: 0, breaker: "closed" });
  });
});
