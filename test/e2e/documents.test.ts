/** Questions about real documents, answered offline: over HTTP, from the command line, twice the same. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@orrery/client";
import type { Execution, OrreryClient } from "@orrery/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { orrery } from "../platform/command.ts";
import { startPlatform } from "../platform/platform.ts";
import type { Platform } from "../platform/platform.ts";
import { requirement } from "./requirements.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manual = `${root}/apps/worker/src/memory/fixtures/station-manual.pdf`;
const handbook = `${root}/apps/worker/src/memory/fixtures/ferry-handbook.md`;

/** A question, the document that answers it, and words of the sentence that does. */
const questions = [
  { ask: "How long does a fully charged battery last without any sun?", path: manual, words: "38 days" },
  { ask: "How much do the cases of the station weigh?", path: manual, words: "41 kg" },
  {
    ask: "Until when are unused tickets refunded in full?",
    path: handbook,
    words: "two hours before departure",
  },
] as const;

let platform: Platform;
let client: OrreryClient;

beforeAll(async () => {
  platform = await startPlatform();
  client = createClient({ baseUrl: platform.url, token: platform.token });
});
afterAll(() => platform.stop());

const attachment = (path: string) => ({
  name: basename(path),
  mediaType: path.endsWith(".pdf") ? "application/pdf" : "text/markdown",
  data: readFileSync(path),
});

/** All quotations of an answer that carry a place: `“…”` lines followed by `[name, characters a–b…]`. */
const citations = (output: string): { name: string; start: number; end: number }[] =>
  [...output.matchAll(/\[([^\],]+), (?:page[^,]*, )?characters? ([\d,.\s]+)[–-]([\d,.\s]+)/g)].map(
    ([, name = "", start = "", end = ""]) => ({
      name,
      start: Number(start.replaceAll(/\D/g, "")),
      end: Number(end.replaceAll(/\D/g, "")),
    }),
  );

async function ask(input: string, paths: readonly string[], sessionId?: string): Promise<Execution> {
  const agent = await client.agents.create({ name: "Reader" });
  return await client.executions.create(agent.id, input, { attachments: paths.map(attachment), sessionId });
}

describe("documents", () => {
  it(requirement("documents-by-http"), async () => {
    for (const { ask: question, path, words } of questions) {
      const execution = await ask(question, [manual, handbook]);
      expect(execution.status).toBe("completed");
      expect(execution.output?.replaceAll(/\s+/g, " ")).toContain(words);
      const cited = citations(execution.output ?? "");
      expect(cited.map(({ name }) => name)).toContain(basename(path));
      expect(execution.toolCalls.map(({ name }) => name)).toContain("search_documents");
      if (!path.endsWith(".md")) continue;
      // A Markdown file is its own text, so every place can be looked up in it.
      const text = readFileSync(path, "utf8");
      for (const { name, start, end } of cited) {
        if (name !== basename(path)) continue;
        expect(execution.output).toContain(text.slice(start, end).trim().split("\n")[0]);
      }
    }
  });

  it(requirement("not-found-said"), async () => {
    const execution = await ask("Who invented the photocopier?", [handbook]);
    expect(execution.output).toMatch(/not found in/i);
    expect(citations(execution.output ?? "")).toEqual([]);
  });

  it(requirement("same-bytes"), async () => {
    const input = "When is the first departure on Sundays? How many cars does the Lomvi carry?";
    const [first, second] = [await ask(input, [handbook]), await ask(input, [handbook])];
    expect(second.output).toBe(first.output);
    expect(first.output).toMatch(/07:20/);
  });

  it(requirement("documents-in-their-session"), async () => {
    const { id } = await client.agents.create({ name: "Discreet" });
    const first = await client.executions.create(id, "Keep this.", { attachments: [attachment(handbook)] });
    const { sessionId } = first;
    const where = "Where is the muster station?";
    const ask = async (options = {}) => (await client.executions.create(id, where, options)).output;
    expect(await ask({ sessionId })).toMatch(/deck 4/);
    expect(await ask()).not.toMatch(/deck 4/);
    const given = await client.documents.add(id, attachment(handbook));
    expect(await ask()).toMatch(/deck 4/);
    await client.documents.delete(id, given.id);
    expect(await ask()).not.toMatch(/deck 4/);
    expect(await ask({ sessionId })).toMatch(/deck 4/);
  });

  it("that cannot be read are named, with the reason", async () => {
    const agent = await client.agents.create({ name: "Reader" });
    const execution = await client.executions.create(agent.id, "What does it say?", {
      attachments: [
        { name: "noise.pdf", mediaType: "application/pdf", data: new Uint8Array([1, 2, 3, 4, 0, 255]) },
      ],
    });
    expect(execution.status).toBe("completed");
    expect(execution.output).toMatch(/noise\.pdf/);
  });

  it(requirement("documents-by-cli"), async () => {
    expect((await orrery(platform.state, "agents", "create", "Terminal reader")).code).toBe(0);
    for (const { ask: question, path, words } of questions) {
      const { code, output } = await orrery(
        platform.state,
        "run",
        "Terminal reader",
        question,
        "--file",
        path,
        "--no-stream",
      );
      expect(output.replaceAll(/\s+/g, " ")).toContain(words);
      expect(output).toContain(basename(path));
      expect(code).toBe(0);
    }
  });
});
