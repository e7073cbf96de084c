import type { Model } from "@orrery/protocol";
import { render } from "svelte/server";
import { describe, expect, test } from "vitest";
import { byProvider } from "./providers.ts";
import ProviderSection from "./provider-section.svelte";

const model = (provider: string, name: string, changes: Partial<Model> = {}): Model => ({
  id: `${provider}/${name}`,
  name,
  provider,
  kind: "text",
  aliases: [],
  contextTokens: null,
  maxOutputTokens: null,
  price: null,
  capabilities: { tools: false, vision: false, reasoning: false, json: false, prefill: false },
  dimensions: null,
  quality: null,
  regions: ["local"],
  tasks: [],
  extractive: false,
  usable: true,
  reason: null,
  health: {
    calls: 0,
    errorRate: 0,
    firstTokenP50: null,
    firstTokenP95: null,
    latencyP50: null,
    latencyP95: null,
    breaker: "closed",
  },
  ...changes,
});

const unusable = (reason: string): Partial<Model> => ({ usable: false, reason });
const offline = model("workers-ai", "Llama (stand-in)", { extractive: true });
const served = model("workers-ai", "Llama (stand-in)");
const cloudflares = model("workers-ai", "Llama", { regions: ["global"] });

/** What a visitor reads of a provider's models. */
function shown(models: Model[], { foldable = false, open = false } = {}): string {
  const [group] = byProvider(models);
  if (group === undefined) throw new Error("no models were given");
  const { body } = render(ProviderSection, { props: { group, foldable, open, ontoggle: () => {} } });
  return body
    .replaceAll(/<!--.*?-->/g, "")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ");
}

describe("models by provider", () => {
  test("begin with what works, then what stands in for something else, then what is not set up", () => {
    const groups = byProvider([
      offline,
      model("openai", "gpt", unusable("set OPENAI_API_KEY")),
      model("ollama", "llama3.2"),
      model("offline", "extract", { extractive: true }),
    ]);
    expect(groups.map(({ title, standIns }) => [title, standIns])).toEqual([
      ["Ollama", false],
      ["Offline", false],
      ["Workers AI on this machine: stand-ins", true],
      ["OpenAI", false],
    ]);
  });

  test("of Cloudflare's own Workers AI stand with the others", () => {
    expect(byProvider([cloudflares])).toMatchObject([{ title: "Workers AI", standIns: false }]);
    expect(shown([cloudflares])).toContain("Workers AI Ready");
  });
});

describe("a provider's models", () => {
  test("that are stand-ins are called neither ready nor available, and say who answers", () => {
    const text = shown([offline]);
    expect(text).toContain("Answered offline None of these is the model it is named after");
    expect(text).toContain("Llama (stand-in) stand-in");
    expect(text).not.toMatch(/Ready|\bavailable/);
    expect(shown([served])).toContain("Answered by a model server None of these");
  });

  test("that nothing serves look unusable among stand-ins too", () => {
    const whisper = model("workers-ai", "Whisper (stand-in)", {
      kind: "transcription",
      ...unusable("nothing here transcribes speech"),
    });
    const text = shown([offline, whisper]);
    expect(text).toContain("1 of 2 answered offline");
    expect(text).toContain("not available Transcription");
    expect(text).toContain("Nothing here transcribes speech.");
    expect(shown([whisper])).toContain("Not set up Nothing here transcribes speech.");
  });

  test("are folded away until one asks for them", () => {
    expect(shown([offline], { foldable: true })).not.toContain(offline.id);
    expect(shown([offline], { foldable: true, open: true })).toContain(offline.id);
    expect(shown([offline])).toContain(offline.id);
  });

  test("say once why none of them can be used, and each why where reasons differ", () => {
    const one = model("openai", "one", unusable("set OPENAI_API_KEY"));
    expect(shown([one, { ...one, id: "openai/two" }]).match(/Set OPENAI_API_KEY\./g)).toHaveLength(1);
    const text = shown([one, model("openai", "two", unusable("it is gone"))]);
    expect(text).toContain("Set OPENAI_API_KEY.");
    expect(text).toContain("It is gone.");
    expect(shown([one, model("openai", "two")])).toContain("1 of 2 models ready");
  });

  test("say in plain words how calls go, and look it while calls are held back", () => {
    const health = { ...offline.health, calls: 13, errorRate: 0.63, breaker: "open" as const };
    const group = [model("openai", "one", { health })];
    expect(shown(group)).toContain(
      "Paused 63% of 13 recent calls failed It failed too often: no calls for now.",
    );
    expect(shown(group)).toContain("one paused");
    const well = { ...health, errorRate: 0, breaker: "closed" as const };
    expect(shown([model("openai", "one", { health: well })])).toContain(
      "Healthy None of 13 recent calls failed",
    );
  });

  test("are called extractive where they write, and not where they draw", () => {
    expect(shown([model("offline", "extract", { extractive: true })])).toContain("Extractive");
    expect(shown([model("offline", "draw", { extractive: true, kind: "image" })])).not.toContain(
      "Extractive",
    );
  });
});
