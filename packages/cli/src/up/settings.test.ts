import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { configuredServers, readSettings, variables, withModelServers, withWorkersAI } from "./settings.ts";

function file(text: string): { path: string; required: boolean } {
  const directory = mkdtempSync(join(tmpdir(), "settings-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, ".env");
  writeFileSync(path, text);
  return { path, required: true };
}

describe("settings of the worker", () => {
  it("are all the variables that the worker knows", () => {
    const types = readFileSync(new URL("../../../../apps/worker/src/env.d.ts", import.meta.url), "utf8");
    const known = [...types.matchAll(/readonly ([A-Z][A-Z0-9_]*)\??: string;/g)].map((match) => match[1]);
    expect(new Set<string | undefined>(variables)).toEqual(new Set(known));
  });

  it("come from the environment first, then from the files in order; nothing else does", () => {
    const files = [
      file("OPENAI_API_KEY=file\nGOOGLE_API_KEY='quoted value'\nPATH=/nowhere\n"),
      file("GOOGLE_API_KEY=second\nLOG_LEVEL=debug\n"),
    ];
    expect(readSettings({ OPENAI_API_KEY: "env", ANTHROPIC_API_KEY: "", HOME: "/" }, files)).toEqual({
      OPENAI_API_KEY: "env",
      GOOGLE_API_KEY: "quoted value",
      LOG_LEVEL: "debug",
    });
  });

  it("need a file only where it was asked for", () => {
    expect(readSettings({}, [{ path: "/nowhere/.env", required: false }])).toEqual({});
    expect(() => readSettings({}, [{ path: "/nowhere/.env", required: true }])).toThrow("There is no file");
  });
});

describe("model servers", () => {
  const ollama = { name: "ollama", baseUrl: "http://127.0.0.1:11434/v1", models: ["llama3.2"] };

  it("that were found are added to those that were set", () => {
    const own = { lab: { baseUrl: "http://lab/v1" } };
    const settings = withModelServers({ MODEL_SERVERS: JSON.stringify(own) }, [ollama]);
    expect(JSON.parse(settings.MODEL_SERVERS ?? "")).toEqual({
      lab: { baseUrl: "http://lab/v1" },
      ollama: { baseUrl: ollama.baseUrl, models: ["llama3.2"] },
    });
  });

  it("that were set go before those that were found", () => {
    const own = { ollama: { baseUrl: "http://other/v1", apiKey: "k" } };
    const settings = withModelServers({ MODEL_SERVERS: JSON.stringify(own) }, [ollama]);
    expect(JSON.parse(settings.MODEL_SERVERS ?? "")).toEqual(own);
  });

  it("that were set wrongly are left for the worker to explain", () => {
    expect(withModelServers({ MODEL_SERVERS: "{" }, [ollama])).toEqual({ MODEL_SERVERS: "{" });
  });
});

describe("servers that were named by hand", () => {
  it("are told of with their models, as far as they can be read", () => {
    const named = { lab: { baseUrl: "http://lab/v1" }, den: { models: ["a"] }, odd: { models: "b" } };
    expect(configuredServers({ MODEL_SERVERS: JSON.stringify(named) })).toEqual([
      { name: "lab", models: [] },
      { name: "den", models: ["a"] },
      { name: "odd", models: [] },
    ]);
    for (const MODEL_SERVERS of ["{", "[]", '{"lab":"http://lab/v1"}']) {
      expect(configuredServers({ MODEL_SERVERS })).toEqual([]);
    }
    expect(configuredServers({})).toEqual([]);
  });
});

describe("Workers AI on one machine", () => {
  const ollama = { name: "ollama", baseUrl: "http://127.0.0.1:11434/v1", models: ["llama3.2"] };

  it("says whether a server or the offline models stand in for it", () => {
    expect(withWorkersAI({}, [ollama])).toEqual({
      settings: { WORKERS_AI: "local" },
      ai: { servers: [ollama] },
    });
    expect(withWorkersAI({ WORKERS_AI: "cloudflare" }, [])).toEqual({
      settings: { WORKERS_AI: "offline" },
      ai: { servers: [] },
    });
  });

  it("is left out where it is turned off", () => {
    expect(withWorkersAI({ WORKERS_AI: "off", LOG_LEVEL: "warn" }, [ollama])).toEqual({
      settings: { LOG_LEVEL: "warn" },
      ai: false,
    });
  });
});
