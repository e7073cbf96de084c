import { describe, expect, it } from "vitest";
import { greet } from "./greeting.ts";
import type { Greeting } from "./greeting.ts";
import { logLines } from "./log-lines.ts";

const greeting: Greeting = {
  url: "http://127.0.0.1:8787",
  networkUrls: [],
  token: "ey.token",
  tokenPath: ".orrery/token",
  elsewhere: null,
  servers: [],
  configured: [],
  strangers: [],
  shortcomings: [],
  providers: [],
  startedIn: 1234,
  colour: false,
};

describe("the greeting", () => {
  it("has the console's address with the token in its fragment, on a line of its own", () => {
    expect(greet(greeting)).toContain("\n  Console  http://127.0.0.1:8787/#token=ey.token\n");
  });

  it("lists what answers: offline, providers with a key, and the servers found", () => {
    const servers = [
      { name: "ollama", baseUrl: "http://127.0.0.1:11434/v1", models: ["a", "b", "c", "d"] },
      { name: "vllm", baseUrl: "http://127.0.0.1:8000/v1", models: [] },
    ];
    expect(greet({ ...greeting, providers: ["openai"], servers })).toContain(
      "Models   offline/extract, openai/…, ollama/a, ollama/b, ollama/c and 1 more, vllm (no models yet)\n",
    );
  });

  it("lists the servers that were named by hand, and says where the others were found", () => {
    const servers = [{ name: "ollama", baseUrl: "http://127.0.0.1:11434/v1", models: ["a"] }];
    const configured = [
      { name: "lab", models: [] },
      { name: "den", models: ["b"] },
    ];
    const text = greet({ ...greeting, configured, servers });
    expect(text).toContain("Models   offline/extract, lab/…, den/b, ollama/a\n");
    expect(text).toContain("Found    ollama at http://127.0.0.1:11434/v1\n");
  });

  it("says whose program was left out, and what is not in order", () => {
    const text = greet({
      ...greeting,
      strangers: [{ name: "vllm", port: 8000, uid: 1001 }],
      shortcomings: ["HTTP_TOOLS is not JSON."],
    });
    expect(text).toMatch(/Left out port 8000, where vllm usually is: another user's program \(uid 1001\)/);
    expect(text).toContain("Mistake  HTTP_TOOLS is not JSON.\n");
  });

  it("says how commands find a platform whose state is elsewhere", () => {
    expect(greet(greeting)).not.toContain("ORRERY_STATE");
    expect(greet({ ...greeting, elsewhere: "/data/orrery" })).toContain("export ORRERY_STATE='/data/orrery'");
  });

  it("is plain text without colours, and no wall of it", () => {
    const text = greet(greeting);
    expect(text).not.toContain("\u001B");
    expect(text.split("\n").length).toBeLessThan(18);
  });
});

describe("log lines", () => {
  const lines: string[] = [];
  const log = logLines({ write: (text) => void lines.push(text), colour: false, now: () => 0 });
  const written = (entry: Parameters<typeof log>[0]): string => {
    lines.length = 0;
    log(entry);
    return lines.join("");
  };

  it("show an event with its fields", () => {
    const line = {
      at: "2026-11-20T12:34:56.000Z",
      level: "info",
      event: "turn.finished",
      ms: 12,
      why: "all done",
    };
    expect(written({ level: "info", source: "worker", message: JSON.stringify(line) })).toBe(
      '12:34:56 info  turn.finished ms=12 why="all done"\n',
    );
  });

  it("show any other text as it is", () => {
    expect(written({ level: "error", source: "runtime", message: "{ broken" })).toBe(
      "00:00:00 error { broken\n",
    );
  });
});
