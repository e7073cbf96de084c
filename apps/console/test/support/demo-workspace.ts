import type { Agent, CreateAgent, OrreryClient } from "@orrery/client";
import { calibrationReport, glossary, priceList, supplierAgreement } from "./demo-documents.ts";
import type { ModelAnswer, ModelRequest } from "./scripted-model.ts";

/** The ids of what pictures and tests look at. */
export interface DemoWorkspace {
  /** Answers by quoting, offline, and has documents of its own. */
  reader: Agent;
  /** A conversation of the reader's with documents and citations. */
  readerSession: string;
  /** Answers by a language model, with tools. */
  analyst: Agent;
  analystSession: string;
  /** An execution that called tools. */
  execution: string;
  /** An execution that failed. */
  failed: string;
  /** An agent with a model policy. */
  writer: Agent;
  /** An execution that another model had to take over, with findings of the output filter. */
  handedOn: string;
}

const others: CreateAgent[] = [
  { name: "Incident scribe", model: "ollama/llama3.2", tools: ["current_time"] },
  { name: "Release notes", model: "auto:cheap", tools: [] },
  { name: "Support triage", model: "ollama/llama3.2", tools: ["search_documents"] },
  { name: "Quarterly figures", model: "offline/extract", tools: ["read_document", "calculate"] },
  { name: "Legacy importer", model: "offline/extract", tools: [], status: "inactive" },
];

const comparison = `The supplier was **late by eight working days**, so a penalty is due for the three beyond the grace period.

| | Days | Rate | Amount |
|---|---|---|---|
| Grace period | 5 | – | – |
| Late beyond it | 3 | 0.5 % | EUR 352.20 |

The order was 40 lenses HO-20 at EUR 587, which is EUR 23,480 in all. The cap of 5 % (EUR 1,174) is not reached.

1. Claim **EUR 352.20** with the invoice number.
2. Ask for the measurement protocol of the lot, which each shipment carries.

\`\`\`text
40 × 587 × 0.005 × 3 = 352.20
\`\`\`
`;

const letter = `Dear Ms Lindqvist,

your shipment of 40 lenses left our house today. For questions write to claims@halden-instruments.example or
call +44 20 7946 0958.
`;

/**
 * What the scripted language model of the demo says.
 * @param pause waits between words, so that pictures show times like those of a real model
 */
export const demoScript =
  (pause: () => Promise<void> = () => Promise.resolve()) =>
  async (request: ModelRequest, answer: ModelAnswer): Promise<void> => {
    await pause();
    if (/letter/i.test(request.asked)) {
      for (const words of letter.match(/\S+\s*/g) ?? []) {
        answer.say(words);
        await pause();
      }
    } else if (!/penalty/i.test(request.asked)) {
      answer.say("Noted. I will keep that in mind for the report.");
    } else if (!request.toolAnswered) {
      answer.callTool("search_documents", { query: "late delivery penalty" });
      answer.callTool("calculate", { expression: "40 * 587 * 0.005 * 3" });
    } else {
      for (const words of comparison.match(/\S+\s*/g) ?? []) {
        answer.say(words);
        await pause();
      }
    }
  };

/** Fills a workspace with agents, documents and conversations, through the API alone. */
export async function fillWorkspace(client: OrreryClient): Promise<DemoWorkspace> {
  for (const agent of others) await client.agents.create(agent);
  const broken = await client.agents.create({ name: "Market watch", model: "openai/gpt-6-sol" });
  const failed = await client.executions.create(broken.id, "Summarise today's announcements.");

  const writer = await client.agents.create({
    name: "Letter writer",
    model: "openai/gpt-6.1-sol",
    systemPrompt: "You write short letters to customers.",
    tools: [],
    labels: { team: "customer-care", tier: "gold" },
    capabilities: ["letters", "translation"],
    modelPolicy: {
      fallbacks: ["ollama/llama3.2", "auto:cheap"],
      cache: { mode: "exact", ttlSeconds: 7_200 },
      filter: { email: "redact", phone: "flag", secret: "block" },
      limits: { requestsPerMinute: 60 },
    },
  });
  const handedOn = await client.executions.create(
    writer.id,
    "Write a letter that tells Ms Lindqvist her lenses are on the way.",
  );
  for (const model of ["auto:cheap", "auto:best", "auto:code"]) {
    await client.models.generate({ model, input: "Say in a sentence what a lens does." });
  }
  await client.budgets.create({ scope: "workspace", period: "day", limitMicros: 5_000_000 });
  await client.budgets.create({ scope: "agent", period: "day", limitMicros: 750_000 });
  await client.budgets.create({
    scope: "tree",
    targetId: writer.id,
    period: "total",
    limitMicros: 20_000_000,
  });

  const analyst = await client.agents.create({
    name: "Procurement analyst",
    model: "ollama/llama3.2",
    systemPrompt: "You check deliveries against our supplier agreements and say what is owed.",
    temperature: 0.2,
  });
  const agreement = {
    name: "supplier-agreement.md",
    mediaType: "text/markdown",
    data: new TextEncoder().encode(supplierAgreement),
  };
  const analysis = await client.executions.create(
    analyst.id,
    "Order 4471 (40 lenses HO-20) came eight working days late. Do they owe us a penalty?",
    { attachments: [agreement] },
  );

  const reader = await client.agents.create({
    name: "Contracts reader",
    systemPrompt: "You read contracts for the legal team. Quote the clause you rely on.",
  });
  const first = await client.executions.create(
    reader.id,
    "What is the penalty for a late delivery, and which lens exceeds the limit of lambda/8?",
    {
      attachments: [
        agreement,
        { name: "calibration-2026-118.pdf", mediaType: "application/pdf", data: calibrationReport },
      ],
    },
  );
  await client.executions.create(reader.id, "How long does the Supplier warrant the lenses?", {
    sessionId: first.sessionId,
  });
  for (const question of [
    "When is the next calibration of IF-3 due?",
    "What is the unit price of HO-20?",
    "How long is the agreement in force?",
  ]) {
    await client.executions.create(reader.id, question);
  }

  const bytesOf = (text: string) => new TextEncoder().encode(text);
  for (const document of [
    { name: "glossary-of-optics.html", mediaType: "text/html", data: bytesOf(glossary) },
    { name: "price-list.csv", mediaType: "text/csv", data: bytesOf(priceList) },
    { name: "calibration-2026-118.pdf", mediaType: "application/pdf", data: calibrationReport },
    { name: "supplier-agreement-norroena-optics-2026.md", mediaType: "text/markdown", data: agreement.data },
  ]) {
    await client.documents.add(reader.id, document);
  }

  return {
    reader,
    readerSession: first.sessionId,
    analyst,
    analystSession: analysis.sessionId,
    execution: analysis.id,
    failed: failed.id,
    writer,
    handedOn: handedOn.id,
  };
}
