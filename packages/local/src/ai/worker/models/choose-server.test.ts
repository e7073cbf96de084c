import { describe, expect, it } from "vitest";
import { catalog, findModel } from "./catalog.ts";
import { chooseServer } from "./choose-server.ts";

const server = (name: string, ...models: string[]) => ({ name, baseUrl: "http://127.0.0.1:1/v1", models });

const choose = (name: string, servers: ReturnType<typeof server>[], models: Record<string, string> = {}) => {
  const model = findModel(name);
  if (model === undefined) throw new Error(`no ${name}`);
  const choice = chooseServer(model, { servers, models });
  return choice && `${choice.server.name}/${choice.id}`;
};

describe("the catalog", () => {
  it("has each name once, and lengths for embeddings alone", () => {
    expect(new Set(catalog.map(({ name }) => name)).size).toBe(catalog.length);
    for (const { task, dimensions } of catalog) expect(dimensions > 0).toBe(task === "Text Embeddings");
  });
});

describe("choosing a server's model", () => {
  const ollama = server(
    "ollama",
    "qwen3:30b",
    "llama3.2:3b",
    "llama3.1:8b",
    "bge-m3:latest",
    "mxbai-embed-large",
  );

  it.each([
    ["@cf/meta/llama-3.1-8b-instruct", "ollama/llama3.1:8b"],
    ["@cf/meta/llama-3.2-3b-instruct", "ollama/llama3.2:3b"],
    ["@cf/qwen/qwen3-30b-a3b-fp8", "ollama/qwen3:30b"],
    ["@cf/zai-org/glm-4.7-flash", "ollama/qwen3:30b"],
    ["@cf/baai/bge-m3", "ollama/bge-m3:latest"],
    ["@cf/baai/bge-large-en-v1.5", null],
    ["@cf/meta/llama-guard-3-8b", null],
    ["@cf/black-forest-labs/flux-1-schnell", null],
  ])("for %s takes %s", (name, choice) => {
    expect(choose(name, [ollama])).toBe(choice);
  });

  it("goes by the configuration first", () => {
    const servers = [ollama, server("vllm", "meta/llama-70b")];
    const models = {
      "@cf/meta/llama-3.1-8b-instruct": "meta/llama-70b",
      "@cf/baai/bge-large-en-v1.5": "ollama/mxbai-embed-large",
      "*": "vllm/other",
    };
    expect(choose("@cf/meta/llama-3.1-8b-instruct", servers, models)).toBe("vllm/meta/llama-70b");
    expect(choose("@cf/baai/bge-large-en-v1.5", servers, models)).toBe("ollama/mxbai-embed-large");
    expect(choose("@cf/qwen/qwq-32b", servers, models)).toBe("vllm/other");
    expect(choose("@cf/baai/bge-m3", servers, models)).toBe("ollama/bge-m3:latest");
  });

  it("finds nobody where there is no server, or none that chats", () => {
    expect(choose("@cf/qwen/qwq-32b", [])).toBeNull();
    expect(choose("@cf/qwen/qwq-32b", [server("ollama", "nomic-embed-text")])).toBeNull();
  });
});
