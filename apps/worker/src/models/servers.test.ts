import { describe, expect, it } from "vitest";
import { parseServers } from "./servers.ts";

describe("parseServers", () => {
  it("reads servers by name", () => {
    const { servers, problem } = parseServers('{"ollama":{"baseUrl":"http://127.0.0.1:11434/v1"}}');
    expect(problem).toBeNull();
    expect(servers.get("ollama")).toEqual({ baseUrl: "http://127.0.0.1:11434/v1", models: [] });
  });

  it("takes nothing for nothing", () => {
    expect(parseServers(undefined)).toEqual({ servers: new Map(), problem: null });
    expect(parseServers("  ").problem).toBeNull();
  });

  it.each([
    ["not JSON", "{", "MODEL_SERVERS is not valid JSON"],
    [
      "an address that is none",
      '{"lab":{"baseUrl":"localhost"}}',
      "MODEL_SERVERS is not valid at lab.baseUrl",
    ],
    ["another protocol", '{"lab":{"baseUrl":"file:///etc"}}', "MODEL_SERVERS is not valid at lab.baseUrl"],
    [
      "a provider's own name",
      '{"openai":{"baseUrl":"http://x.test/v1"}}',
      "MODEL_SERVERS is not valid at openai",
    ],
    ["a list", "[]", "MODEL_SERVERS is not a JSON object"],
  ])("tells what is wrong with %s, and throws nothing", (_, json, words) => {
    const { servers, problem } = parseServers(json);
    expect(servers.size).toBe(0);
    expect(problem).toContain(words);
  });

  it("keeps the servers beside one that is wrong", () => {
    const { servers, problem } = parseServers('{"good":{"baseUrl":"http://x.test/v1"},"Bad one":{}}');
    expect([...servers.keys()]).toEqual(["good"]);
    expect(problem).toContain("at Bad one");
  });
});
