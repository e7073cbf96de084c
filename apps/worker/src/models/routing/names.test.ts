import { describe, expect, it } from "vitest";
import { kindAsked, readRoute } from "./names.ts";

describe("a routing name", () => {
  it.each([
    ["auto", { preference: "balanced", task: "chat" }],
    ["auto:fast", { preference: "fast", task: "chat" }],
    ["auto:cheap:extract", { preference: "cheap", task: "extract" }],
    ["auto:code", { preference: "balanced", task: "code" }],
    ["auto:best:vision", { preference: "best", task: "vision" }],
  ])("%s weighs and does what it says", (name, route) => {
    expect(readRoute(name, "text")).toEqual(route);
  });

  it("leaves its task to the request where it names none", () => {
    expect(readRoute("auto:fast", "text", "sql")).toEqual({ preference: "fast", task: "sql" });
    expect(readRoute("auto:fast:code", "text", "sql")).toEqual({ preference: "fast", task: "code" });
    expect(readRoute("auto", "embedding")).toEqual({ preference: "balanced", task: "embed" });
    expect(readRoute("auto", "image", "chat")).toEqual({ preference: "balanced", task: "image" });
  });

  it.each([
    ["auto:fastest", " or auto:fast or "],
    ["auto:code:fast", "There is no routing name"],
    ["auto:", "There is no routing name"],
  ])("that is none, %s, is refused with one that is near", (name, words) => {
    expect(readRoute(name, "text")).toMatchObject({ problem: expect.stringContaining(words) as string });
  });

  it("is refused for a call that its task is not for", () => {
    expect(readRoute("auto:image", "text")).toEqual({
      problem: "auto:image chooses a model for another kind of call: use auto",
    });
    expect(readRoute("auto", "transcription")).toHaveProperty("problem");
  });

  it("says what kind of model it asks for, as far as it does", () => {
    expect(kindAsked("auto:fast:embed")).toBe("embedding");
    expect(kindAsked("auto", "image")).toBe("image");
    expect(kindAsked("auto")).toBeNull();
    expect(kindAsked("openai/gpt-5", "image")).toBeNull();
  });
});
