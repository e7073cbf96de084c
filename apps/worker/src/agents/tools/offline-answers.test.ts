/** Questions to the offline model over real documents, through the real tools, as a user would ask them. */
import { readFile } from "node:fs/promises";
import type { ModelMessage } from "ai";
import { beforeAll, describe, expect, it } from "vitest";
import { extractText } from "../../memory/index.ts";
import { offlineProvider } from "../../models/providers/offline/index.ts";
import type { AgentDocument, Tool, ToolContext } from "./contract.ts";
import { builtinTools } from "./index.ts";

async function load(name: string, mediaType: string): Promise<AgentDocument> {
  const path = `${import.meta.dirname}/../../memory/fixtures/${name}`;
  const bytes = new Uint8Array(await readFile(path));
  const text = await extractText(bytes, mediaType, name);
  return { id: `id-of-${name}`, name, mediaType, size: bytes.length, text: async () => text };
}

let handbook: AgentDocument;
let manual: AgentDocument;
beforeAll(async () => {
  handbook = await load("ferry-handbook.md", "text/markdown");
  manual = await load("station-manual.pdf", "application/pdf");
});

const now = new Date("2026-11-20T12:00:00Z");

async function outputOf(tool: Tool, input: unknown, context: ToolContext) {
  const parsed = tool.parse(input);
  if (!parsed.success) return { type: "error-text", value: parsed.error.message } as const;
  try {
    const value = JSON.parse(JSON.stringify(await tool.run(parsed.data, context))) as never;
    return { type: "json", value } as const;
  } catch (error) {
    return { type: "error-text", value: String(error) } as const;
  }
}

/** Runs turns until an answer comes, as the agent does; checks every source against its document. */
async function ask(
  question: string,
  documents: readonly AgentDocument[],
  tools: readonly Tool[] = builtinTools,
  messages: ModelMessage[] = [],
): Promise<string> {
  messages.push({ role: "user", content: question });
  for (let step = 0; step < 20; step += 1) {
    const calls: { id: string; name: string; input: unknown }[] = [];
    const cited: string[] = [];
    let text = "";
    const request = { model: "extract", messages, tools: [...tools], temperature: 0, maxTokens: 4_000 };
    for await (const event of offlineProvider().stream({
      ...request,
      signal: new AbortController().signal,
    })) {
      if (event.type === "text") text += event.text;
      if (event.type === "tool-call") calls.push(event);
      if (event.type === "source") {
        const document = documents.find(({ name }) => name === event.source.title);
        cited.push((await document?.text())?.slice(event.source.start, event.source.end) ?? "");
      }
    }
    if (calls.length === 0) {
      for (const quotation of cited) expect(text).toContain(quotation);
      messages.push({ role: "assistant", content: text });
      return text;
    }
    messages.push({
      role: "assistant",
      content: calls.map(({ id, name, input }) => ({
        type: "tool-call",
        toolCallId: id,
        toolName: name,
        input,
      })),
    });
    for (const { id, name, input } of calls) {
      const tool = tools.find((one) => one.name === name);
      if (tool === undefined) throw new Error(`called ${name}, which was not offered`);
      const context = {
        idempotencyKey: id,
        signal: new AbortController().signal,
        now: () => now,
        documents: async () => [...documents],
      };
      const output = await outputOf(tool, input, context);
      messages.push({
        role: "tool",
        content: [{ type: "tool-result", toolCallId: id, toolName: name, output }],
      });
    }
  }
  throw new Error("no answer after 20 steps");
}

const handbookAnswers: [question: string, quoted: string][] = [
  ["When do ferries leave Skarvik?", "every 40 minutes"],
  ["How long does the crossing to Brenna take?", "35 minutes"],
  ["How much does a ticket for an adult cost?", "68 kroner"],
  ["What is the price of a car?", "214 kroner"],
  ["Who revised the handbook?", "Ingrid Solberg"],
  ["Are dogs allowed in the cafeteria?", "not allowed in the cafeteria"],
  ["Which goods may not be brought on board?", "fireworks"],
  ["Where are the lifejackets for children?", "red\nboxes"],
  ["At what wind speed does no ferry sail?", "above 25 m/s no ferry"],
  ["How do I install the booking command?", "curl -fsS"],
  ["Where does the lf command keep its settings?", "~/.lf/config.json"],
  ["How long is an account locked after failed logins?", "15 minutes"],
  ["Why are accounts locked?", "guesses at short passwords"],
  ["Can I change my booking?", "another departure of the same day"],
  ["Is there Wi-Fi on board?", "Yes, on all three"],
  ["What happens to lost property?", "three months"],
  ["When was the Alken built?", "2021"],
  ["How many passengers can the Lomvi carry?", "280"],
  ["What engine does the Teist have?", "diesel"],
  ["How many winter sailings go to Utvær?", "2 a day"],
  ["What is the refund if a departure is cancelled?", "their money back"],
  ["How often are fire drills held?", "every Tuesday"],
  ["what's the deadline for claims", "within 30 days"],
  ["How many electric charging posts are there and how strong are they?", "22 kW"],
  ["What is the default printer?", "zebra-2"],
  ["What is the timeoutSeconds?", "45"],
  ["Do children pay?", "Children under six"],
  ["How much luggage may I bring?", "two pieces"],
  ["When will the Teist be taken out of service?", "2027"],
];

const manualAnswers: [question: string, quoted: string][] = [
  ["How long does the battery last without sun?", "38 days"],
  ["What does error E31 mean?", "modem"],
  ["What should I do when E23 appears?", "Remove ice"],
  ["How often must the humidity sensor be exchanged?", "every two years"],
  ["Who wrote the manual?", "Amara Okafor"],
  ["How much does the station weigh?", "41 kg"],
  ["When is the data sent?", "00:10"],
  ["How long is the warranty?", "three years"],
  ["What is not covered by the warranty?", "lightning"],
  ["How do I change the battery?", "Switch the logger off"],
  ["What happens below 11.2 volts?", "stops sending"],
  ["What is the accuracy of the snow depth sensor?", "1 cm"],
  ["How many records fit in the memory?", "4 million"],
  ["Why is precipitation weighed?", "so that snow"],
  ["What must be added after emptying the bucket?", "propylene glycol"],
  ["What is the baud rate of the terminal?", "115,200"],
  ["What does the station measure?", "air\ntemperature, humidity"],
  ["How many people are needed to set up a station?", "Two people"],
];

const unanswerable: string[] = [
  "Who is the CEO of Lindholm Ferries?",
  "Do you accept bitcoin?",
  "What is the capital of Norway?",
  "How many employees work in the kitchen?",
  "Can I bring a kayak?",
  "What is the phone number of the ticket office?",
  "Is there a swimming pool?",
  "How tall is the Eiffel Tower?",
  "Does the station have a camera?",
  "What is the price of the Kestrel 4?",
  "How fast is the Bluetooth connection?",
  "Who is the president of France?",
  "What does error E99 mean?",
  "Which operating system runs on the logger?",
  "What is the salary of a technician?",
];

describe("questions about a Markdown file", () => {
  it.each(handbookAnswers)("%s", async (question, quoted) => {
    const answer = await ask(question, [handbook]);
    expect(answer).toContain(quoted);
    expect(answer).toMatch(/\[ferry-handbook\.md, characters \d+–\d+\]/);
  });
});

describe("questions about a PDF", () => {
  it.each(manualAnswers)("%s", async (question, quoted) => {
    const answer = await ask(question, [manual]);
    expect(answer).toContain(quoted);
    expect(answer).toMatch(/\[station-manual\.pdf, characters \d+–\d+, page [1-5]\]/);
  });
});

describe("questions that no document answers", () => {
  it.each(unanswerable)("%s", async (question) => {
    expect(await ask(question, [handbook, manual])).toMatch(
      /^Not found in ferry-handbook\.md, station-manual\.pdf\./,
    );
  });
});

describe("other ways to ask", () => {
  it("several questions at once are answered each under its own", async () => {
    const answer = await ask(
      "Please answer:\n- How much does a ticket for an adult cost?\n- What does error E31 mean?\n- Who is the captain of the Titanic?",
      [handbook, manual],
    );
    const [first, second, third] = answer.split(/(?=\*\*)(?<=\n\n)/);
    expect(first).toMatch(/^\*\*How much does a ticket.*68 kroner/s);
    expect(second).toMatch(/^\*\*What does error E31.*Satellite modem/s);
    expect(third).toMatch(/^\*\*Who is the captain.*Not found in/s);
  });

  it("a question that leans on the one before it is understood with it", async () => {
    const messages: ModelMessage[] = [];
    await ask("What is the warranty of the station?", [manual], builtinTools, messages);
    expect(await ask("And what does it not cover?", [manual], builtinTools, messages)).toContain("lightning");
  });

  it("a named document is the only one asked", async () => {
    const answer = await ask("What does station-manual.pdf say about passengers?", [handbook, manual]);
    expect(answer).toMatch(/^Not found in station-manual\.pdf\./);
  });

  it("a summary quotes the document's own sentences from several places", async () => {
    const answer = await ask("Summarise ferry-handbook.md", [manual, handbook]);
    expect(answer).toContain("Lindholm Ferries runs three car ferries");
    expect(answer.match(/\[ferry-handbook\.md, /g)?.length).toBeGreaterThanOrEqual(4);
    expect(answer).not.toContain("station-manual");
  });

  it("a named page is read", async () => {
    const answer = await ask("What does page 2 say about charging?", [manual]);
    expect(answer).toContain("must not be charged below 0");
  });

  it("without search the documents are read", async () => {
    const reading = builtinTools.filter(({ name }) => name === "read_document");
    expect(await ask("How much does an adult ticket cost?", [manual, handbook], reading)).toContain(
      "68 kroner",
    );
  });

  it("a document longer than one read is read to its end", async () => {
    const filler = "Nothing of note happened on this day at the harbour.\n\n".repeat(900);
    const text = `${filler}The lighthouse keeper is called Torvald.\n`;
    const long = { ...handbook, id: "long", name: "log.txt", text: async () => text };
    const reading = builtinTools.filter(({ name }) => name === "read_document");
    expect(await ask("What is the lighthouse keeper called?", [long], reading)).toContain("Torvald");
  });

  it("arithmetic and the time are left to their tools", async () => {
    expect(await ask("What is 15% of 1,240.50?", [])).toBe("15% of 1,240.50 = 186.075");
    expect(await ask("what time is it in Tokyo?", [])).toBe(
      "It is Friday, 2026-11-20T21:00:00+09:00 (Asia/Tokyo).",
    );
  });

  it("without any document it says what it is and what to do", async () => {
    expect(await ask("What is the refund period?", [])).toMatch(
      /extractive model.*nothing here that I could quote from.*Attach a document.*choose a language model/s,
    );
  });

  it("a document that cannot be read is named with the reason", async () => {
    const broken = {
      ...manual,
      id: "b",
      name: "scan.pdf",
      text: async () =>
        await extractText(
          new Uint8Array([0x25, 0x50, 0x44, 0x46, 0x2d, 0x31]),
          "application/pdf",
          "scan.pdf",
        ),
    };
    const answer = await ask("How much does an adult ticket cost?", [handbook, broken]);
    expect(answer).toContain("68 kroner");
    expect(answer).toMatch(/Not read: scan\.pdf \(.*export it again\)/);
  });
});
