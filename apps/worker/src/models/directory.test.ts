import { describe, expect, it } from "vitest";
import { catalog, preferences } from "./catalog.ts";
import { createGateway, type GatewayEnv } from "./gateway.ts";

const idFor = (env: GatewayEnv, name: string): string => {
  const checked = createGateway(env).check(name, "text");
  return "model" in checked ? checked.model.id : checked.problem;
};

const servers = JSON.stringify({
  ollama: { baseUrl: "http://127.0.0.1:11434/v1", models: ["nomic-embed-text", "llama3.2"] },
});

describe("the catalog", () => {
  it("has each name once", () => {
    const names = catalog.flatMap((entry) => [`${entry.provider}/${entry.model}`, ...entry.aliases]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("prefers only models that it has, ending with one that needs nothing", () => {
    const ids = new Set(catalog.map((entry) => `${entry.provider}/${entry.model}`));
    for (const order of Object.values(preferences)) {
      expect(order.filter((id) => id !== "servers" && !ids.has(id))).toEqual([]);
      expect(order.at(-1)).toBe("offline/extract");
    }
  });

  it("holds whole positive limits and prices that are no floats", () => {
    for (const { contextTokens, maxOutputTokens, price } of catalog) {
      for (const limit of [contextTokens, maxOutputTokens]) expect(limit ?? 1).toBeGreaterThan(0);
      expect(Number.isInteger(price?.inputMicros ?? 0)).toBe(true);
      expect(Number.isInteger(price?.outputMicros ?? 0)).toBe(true);
    }
  });
});

describe("a name", () => {
  it.each(["Llama2_7b", "Llama2_13b", "CodeLlama_7b", "Mistral_7b", "SqlCoder_7b"])(
    "that existing clients use, %s, means a model that Workers AI serves today",
    (name) => {
      expect(idFor({}, name)).toMatch(/^workers-ai\/@cf\//);
    },
  );

  it("TextEmbedding means an embedding model, and is no text model", () => {
    const gateway = createGateway({});
    expect(gateway.check("TextEmbedding", "embedding")).toMatchObject({
      model: { id: "workers-ai/@cf/baai/bge-base-en-v1.5", kind: "embedding" },
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
  });

  it("that nothing resembles brings up the providers", () => {
    expect(idFor({ MODEL_SERVERS: servers }, "xyzzy-9000")).toMatch(/providers here are .*ollama.*offline/);
  });

  it("that is not listed is taken on trust where there is a key, and only there", () => {
    expect(idFor({ OPENAI_API_KEY: "k" }, "openai/some-new-model")).toBe("openai/some-new-model");
    expect(idFor({}, "openai/some-new-model")).toMatch(/cannot be tried: set OPENAI_API_KEY/);
    expect(idFor({ OPENAI_API_KEY: " " }, "openai/some-new-model")).toMatch(/cannot be tried/);
  });

  it("under a server of one's own is taken, listed or not", () => {
    expect(idFor({ MODEL_SERVERS: servers }, "ollama/llama3.2")).toBe("ollama/llama3.2");
    expect(idFor({ MODEL_SERVERS: servers }, "ollama/qwen3:8b")).toBe("ollama/qwen3:8b");
  });

  it("of an unknown server says what is wrong with MODEL_SERVERS", () => {
    expect(idFor({ MODEL_SERVERS: "{" }, "lab/model")).toContain("MODEL_SERVERS is not valid JSON.");
  });
});

describe("auto", () => {
  it("chooses by what can be used, always the same, and never nothing", () => {
    expect(idFor({}, "auto")).toBe("offline/extract");
    expect(idFor({}, "auto:best")).toBe("offline/extract");
    expect(idFor({ MODEL_SERVERS: servers }, "auto")).toBe("ollama/llama3.2");
    expect(idFor({ MODEL_SERVERS: servers, ANTHROPIC_API_KEY: "k" }, "auto:cheap")).toBe("ollama/llama3.2");
    expect(idFor({ ANTHROPIC_API_KEY: "k", OPENAI_API_KEY: "k" }, "auto")).toBe(
      "anthropic/claude-sonnet-5-5",
    );
    expect(idFor({ OPENAI_API_KEY: "k" }, "auto:best")).toBe("openai/gpt-5.5");
    expect(idFor({ AI: {} }, "auto:fast")).toBe("workers-ai/@cf/zai-org/glm-4.7-flash");
  });

  it("chooses no embedding model", () => {
    expect(createGateway({}).check("auto", "embedding")).toHaveProperty("problem");
  });
});

describe("the list", () => {
  it("says of every model whether it can be used, and what to do if not", async () => {
    const models = await createGateway({}).list();
    expect(models).toHaveLength(catalog.length);
    for (const model of models) expect(model.usable).toBe(model.reason === null);
    expect(models.filter((model) => model.usable)).toMatchObject([
      { id: "offline/extract", extractive: true, aliases: ["auto", "auto:fast", "auto:cheap", "auto:best"] },
    ]);
    expect(models.find((model) => model.provider === "anthropic")?.reason).toContain("ANTHROPIC_API_KEY");
  });

  it("puts what can be used first, servers of one's own before all", async () => {
    const models = await createGateway({ MODEL_SERVERS: servers, GOOGLE_API_KEY: "k" }).list();
    expect(models[0]).toMatchObject({ id: "ollama/nomic-embed-text", kind: "embedding" });
    expect(models[1]).toMatchObject({ id: "ollama/llama3.2", kind: "text", usable: true });
    const firstUnusable = models.findIndex((model) => !model.usable);
    expect(models.slice(firstUnusable).some((model) => model.usable)).toBe(false);
  });

  it("survives a MODEL_SERVERS that is nonsense", async () => {
    await expect(createGateway({ MODEL_SERVERS: "[1" }).list()).resolves.toHaveLength(catalog.length);
  });
});
