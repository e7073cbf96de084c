import type { ModelMessage } from "ai";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelSource, ModelTool, ProviderEvent, ProviderRequest } from "../../contract.ts";
import { offlineProvider } from "./index.ts";

const tool = (
  name: string,
  properties: Record<string, unknown> = {},
  required: string[] = [],
): ModelTool => ({
  name,
  description: name,
  inputSchema: { type: "object", properties, required },
  effect: "read",
});
const search = tool("search_documents", { query: { type: "string" } }, ["query"]);
const read = tool("read_document", { document: { type: "string" } });
const ledger = tool(
  "write_ledger",
  { entry: { type: "integer" }, note: { type: "string" }, urgent: { type: "boolean" } },
  ["entry"],
);

const requestOf = (messages: ModelMessage[], change: Partial<ProviderRequest> = {}): ProviderRequest => ({
  model: "extract",
  messages,
  tools: [],
  temperature: 0,
  maxTokens: 2_000,
  signal: new AbortController().signal,
  ...change,
});

async function events(
  messages: ModelMessage[],
  change: Partial<ProviderRequest> = {},
): Promise<ProviderEvent[]> {
  const list: ProviderEvent[] = [];
  for await (const event of offlineProvider().stream(requestOf(messages, change))) list.push(event);
  return list;
}

const user = (content: string): ModelMessage => ({ role: "user", content });
const withFile = (
  question: string,
  text: string,
  filename = "terms.txt",
  mediaType = "text/plain",
): ModelMessage => ({
  role: "user",
  content: [
    { type: "file", filename, mediaType, data: { type: "text", text } },
    { type: "text", text: question },
  ],
});

const textOf = (list: readonly ProviderEvent[]): string =>
  list.map((event) => (event.type === "text" ? event.text : "")).join("");
const callsOf = (list: readonly ProviderEvent[]) =>
  list.flatMap((event) => (event.type === "tool-call" ? [{ name: event.name, input: event.input }] : []));
const sourcesOf = (list: readonly ProviderEvent[]): ModelSource[] =>
  list.flatMap((event) => (event.type === "source" ? [event.source] : []));

const terms =
  "# Terms\n\nA seat costs 9 euros. Refunds take 30 days, e.g. after a\ncancellation.\n\n- Dogs pay nothing.\n- Cats pay half.";

describe("an answer", () => {
  it("is verbatim, with the place of each sentence in its text and as a source", async () => {
    const list = await events([withFile("How long do refunds take?", terms)]);
    const quotation = "Refunds take 30 days, e.g. after a\ncancellation.";
    const start = terms.indexOf(quotation);
    const end = start + quotation.length;
    expect(textOf(list)).toBe(`- ${quotation} [terms.txt, characters ${start}–${end}]`);
    expect(sourcesOf(list)).toEqual([
      { id: `terms.txt:${start}-${end}`, title: "terms.txt", mediaType: "text/plain", start, end },
    ]);
  });

  it("comes word by word, its sources before it, and ends once with an estimate of the tokens", async () => {
    const list = await events([withFile("How long do refunds take?", terms)]);
    expect(list.map(({ type }) => type).join(" ")).toMatch(/^source( text)+ finish$/);
    for (const event of list) if (event.type === "text") expect(event.text).toMatch(/^\s*\S+\s*$/);
    expect(list.at(-1)).toEqual({
      type: "finish",
      reason: "stop",
      usage: { inputTokens: expect.any(Number) as number, outputTokens: Math.ceil(textOf(list).length / 4) },
    });
  });

  it("says that nothing was found rather than guess", async () => {
    const list = await events([withFile("Who founded the company?", terms)]);
    expect(textOf(list)).toBe('Not found in terms.txt. No passage holds "founded", "company".');
    expect(sourcesOf(list)).toEqual([]);
  });

  it("quotes nothing about other things where the one that is asked about is named nowhere", async () => {
    const codes =
      "Error 4 of 5: see the table.\n\nError | What it means\n--- | ---\nE11 | The battery is too low.\nE23 | There is no echo.\n";
    const known = await events([withFile("What does error E23 mean?", codes)]);
    expect(textOf(known)).toContain("There is no echo.");
    const numbered = await events([withFile("Q1: What does error E23 mean?", codes)]);
    expect(textOf(numbered)).toContain("There is no echo.");
    const unknown = await events([withFile("What does error E4 mean?", codes)]);
    expect(textOf(unknown)).toMatch(/^Not found in terms\.txt\. No passage holds "E4"\.$/);
    const spaced = await events([withFile("What does error E23 mean?", codes.replace("E23", "e-23"))]);
    expect(textOf(spaced)).toContain("There is no echo.");
  });

  it("quotes text that was pasted into the message, at its place in the message", async () => {
    const message = `Here is our policy. Employees may work from home two days a week. Requests go to the team lead, who answers within five days. Equipment is paid for by the company up to 400 euros.\n\nHow much is paid for equipment?`;
    const list = await events([user(message)]);
    const [source] = sourcesOf(list);
    expect(source?.title).toBe("message");
    expect(message.slice(source?.start, source?.end)).toBe(
      "Equipment is paid for by the company up to 400 euros.",
    );
  });

  it("remembers a long text of an earlier message", async () => {
    const earlier = `${"The harbour was quiet that day and nobody came. ".repeat(8)}The pilot boat is called Marie.`;
    const list = await events([
      user(earlier),
      { role: "assistant", content: "…" },
      user("What is the pilot boat called?"),
    ]);
    expect(textOf(list)).toMatch(/The pilot boat is called Marie\. \[message 1, /);
  });

  it("names what it cannot see", async () => {
    const image: ModelMessage = {
      role: "user",
      content: [
        {
          type: "file",
          mediaType: "image/png",
          filename: "chart.png",
          data: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0]),
        },
        {
          type: "file",
          mediaType: "application/pdf",
          filename: "far.pdf",
          data: new URL("https://example.com/far.pdf"),
        },
        { type: "text", text: "What does the chart show?" },
      ],
    };
    const text = textOf(await events([image]));
    expect(text).toMatch(/"chart\.png" is a PNG image/);
    expect(text).toMatch(/"far\.pdf" is given by address/);
  });

  it("stays within the tokens allowed, and never cuts a quotation from its place", async () => {
    const list = await events([withFile("Do dogs pay? Do cats pay?", terms)], { maxTokens: 22 });
    expect(list.at(-1)).toMatchObject({ type: "finish", reason: "length" });
    expect(textOf(list).length).toBeLessThanOrEqual(88);
    expect(textOf(list)).toMatch(/\]$/);
  });

  it("introduces itself where nothing is asked", async () => {
    expect(textOf(await events([user("Hello!")], { tools: [search] }))).toMatch(/extractive model/);
  });
});

describe("tool calls", () => {
  it("are a search for each question", async () => {
    const list = await events([user("What is the fee and when is it due? Also: who pays?")], {
      tools: [search, read],
    });
    expect(callsOf(list).map(({ name }) => name)).toEqual([
      "search_documents",
      "search_documents",
      "search_documents",
    ]);
    expect(list.at(-1)).toMatchObject({ type: "finish", reason: "tool-calls" });
  });

  it("are made as they are spelled out, in order, as often as they are written", async () => {
    const message =
      'Call write_ledger with {"entry": 1, "note": "a } b"}, then use write_ledger with entry=2 urgent=true, and call `write_ledger` with {"entry": 1, "note": "a } b"}.';
    expect(callsOf(await events([user(message)], { tools: [ledger, search] }))).toEqual([
      { name: "write_ledger", input: { entry: 1, note: "a } b" } },
      { name: "write_ledger", input: { entry: 2, urgent: true } },
      { name: "write_ledger", input: { entry: 1, note: "a } b" } },
    ]);
  });

  it("have ids that tell them apart and stay the same", async () => {
    const ids = async () =>
      (
        await events([user('Call write_ledger {"entry":1} and call write_ledger {"entry":1}')], {
          tools: [ledger],
        })
      ).flatMap((event) => (event.type === "tool-call" ? [event.id] : []));
    const first = await ids();
    expect(new Set(first).size).toBe(2);
    expect(await ids()).toEqual(first);
  });

  it("are not made again once they were answered, and what they said is passed on", async () => {
    const messages: ModelMessage[] = [user('Call write_ledger with {"entry": 1}')];
    messages.push(
      {
        role: "assistant",
        content: [{ type: "tool-call", toolCallId: "c1", toolName: "write_ledger", input: { entry: 1 } }],
      },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "c1",
            toolName: "write_ledger",
            output: { type: "json", value: { line: 7 } },
          },
        ],
      },
    );
    const list = await events(messages, { tools: [ledger] });
    expect(callsOf(list)).toEqual([]);
    expect(textOf(list)).toBe('`write_ledger` answered:\n\n```\n{\n  "line": 7\n}\n```');
  });

  it("that failed are told with their reason", async () => {
    const messages: ModelMessage[] = [
      user("What is the fee?"),
      {
        role: "assistant",
        content: [
          {
            type: "tool-call",
            toolCallId: "c1",
            toolName: "search_documents",
            input: { query: "What is the fee?", limit: 10 },
          },
        ],
      },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "c1",
            toolName: "search_documents",
            output: { type: "error-text", value: "the store is away" },
          },
        ],
      },
    ];
    expect(textOf(await events(messages, { tools: [search] }))).toMatch(
      /^`search_documents` failed: the store is away/,
    );
  });

  it("are never made to tools that are not offered", async () => {
    expect(
      callsOf(await events([user('Call write_ledger with {"entry": 1}. What is 2+2? What time is it?')])),
    ).toEqual([]);
  });
});

describe("a stop", () => {
  it("ends the step at once with the signal's reason", async () => {
    const controller = new AbortController();
    const stream = offlineProvider().stream(
      requestOf([withFile("Do dogs pay?", terms)], { signal: controller.signal }),
    );
    await stream.next();
    controller.abort(new Error("stopped"));
    await expect(stream.next()).rejects.toThrow("stopped");
  });
});

describe("whatever it is given", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 400 }),
    fc
      .array(
        fc.constantFrom(
          "What is the fee?",
          "The fee is 30 euros.",
          "# Fee",
          "- a fee",
          "| fee | due |",
          "```",
          "\n",
          " ",
          "and",
          "call write_ledger",
          '{"entry":1}',
          "x=1",
          "3*(4",
          "page 2",
          "a.pdf",
          "料金は？",
          "\ud83d\ude00",
          "\f",
          "Summarise this.",
        ),
        { maxLength: 25 },
      )
      .map((parts) => parts.join(" ")),
  );

  it("quotes only what stands at the place it cites, answers the same again, and never throws", async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (question, text) => {
        const messages = [withFile(question, text)];
        const list = await events(messages, { tools: [ledger] });
        expect(await events(messages, { tools: [ledger] })).toEqual(list);
        const answer = textOf(list);
        for (const { title, start, end } of sourcesOf(list)) {
          const quoted = (title === "message" ? question : text).slice(start, end);
          expect(quoted.trim()).not.toBe("");
          expect(answer).toContain(quoted);
        }
        expect(list.filter(({ type }) => type === "finish")).toHaveLength(1);
        expect(list.at(-1)?.type).toBe("finish");
      }),
      { numRuns: 300 },
    );
  });

  it("reads any answer of a tool, expected or not", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.constantFrom("search_documents", "read_document", "calculate", "current_time", "other"),
        async (value, name) => {
          const messages: ModelMessage[] = [
            user("What is the fee?"),
            {
              role: "assistant",
              content: [
                {
                  type: "tool-call",
                  toolCallId: "c",
                  toolName: name,
                  input: { query: "What is the fee?", limit: 10 },
                },
              ],
            },
            {
              role: "tool",
              content: [
                {
                  type: "tool-result",
                  toolCallId: "c",
                  toolName: name,
                  output: { type: "json", value: value as never },
                },
              ],
            },
          ];
          const list = await events(messages, { tools: [search] });
          expect(list.at(-1)?.type).toBe("finish");
        },
      ),
    );
  });
});

describe("the other offline models", () => {
  const { signal } = new AbortController();

  it("embed each text, in order", async () => {
    const provider = offlineProvider();
    const embedded = await provider.embed?.({ model: "hash-768", values: ["one", "two"], signal });
    expect(embedded?.embeddings.map(({ length }) => length)).toEqual([768, 768]);
    expect(embedded?.embeddings[0]).not.toEqual(embedded?.embeddings[1]);
    expect(embedded?.inputTokens).toBe(2);
  });

  it("draw", async () => {
    const made = await offlineProvider().image?.({ model: "draw", prompt: "a cat", width: 64, signal });
    expect(made?.mediaType).toBe("image/png");
    expect(made?.bytes.length).toBeGreaterThan(500);
  });

  it("do nothing for a caller who has left", async () => {
    const reason = new Error("left");
    const gone = AbortSignal.abort(reason);
    const provider = offlineProvider();
    await expect(provider.embed?.({ model: "hash-768", values: ["a"], signal: gone })).rejects.toBe(reason);
    await expect(provider.image?.({ model: "draw", prompt: "a", signal: gone })).rejects.toBe(reason);
  });

  it("cannot answer in JSON, nor go on from a beginning", async () => {
    const asked: ModelMessage[] = [{ role: "user", content: "What is it?" }];
    const responseFormat = { name: "answer", schema: { type: "object" } };
    for (const change of [{ responseFormat }, { prefill: "It is" }]) {
      await expect(events(asked, change)).rejects.toMatchObject({
        code: "invalid_request",
        retryable: false,
      });
    }
  });
});
