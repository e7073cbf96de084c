/** PDFs, by PDF.js in the form of unpdf. Its megabytes are read when the first PDF comes, in an isolate of their own. */
import * as z from "zod/mini";
import type { AIEnv } from "../env.ts";

/** Runs beside the library, with no way out to the network: a PDF is a program of sorts. */
const reader = `
import { extractText, getDocumentProxy, getMeta } from "unpdf";
export default {
  async fetch(request) {
    try {
      const document = await getDocumentProxy(new Uint8Array(await request.arrayBuffer()));
      const { info } = await getMeta(document);
      const { text } = await extractText(document, { mergePages: false });
      return Response.json({ info: Object.fromEntries(Object.entries(info ?? {}).filter(([, value]) => typeof value !== "object")), pages: text });
    } catch (error) {
      return Response.json({ error: String(error?.message ?? error) }, { status: 422 });
    }
  },
};`;

const Read = z.object({
  info: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  pages: z.array(z.string()),
});
const Failed = z.object({ error: z.string() });

async function fileOf(env: AIEnv, name: string): Promise<string> {
  const response = await env.PDF_READER.fetch(`http://pdf-reader/${name}`);
  if (!response.ok) throw new Error("the reader of PDFs is not installed");
  return response.text();
}

/** @throws Error in words for the one who gave the file */
export async function pdfToMarkdown(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  withMetadata: boolean,
  env: AIEnv,
): Promise<string> {
  const worker = env.LOADER.get("pdf-reader", async () => {
    const [unpdf, pdfjs] = await Promise.all([fileOf(env, "index.mjs"), fileOf(env, "pdfjs.mjs")]);
    return {
      compatibilityDate: "2026-10-01",
      mainModule: "reader.js",
      modules: { "reader.js": reader, unpdf: { js: unpdf }, "unpdf/pdfjs": { js: pdfjs } },
      globalOutbound: null,
    };
  });
  const response = await worker.getEntrypoint().fetch("http://pdf-reader/", { method: "POST", body: bytes });
  const answer: unknown = await response.json();
  const failed = Failed.safeParse(answer);
  if (failed.success) throw new Error(failed.data.error);
  const { info, pages } = z.parse(Read, answer);
  const metadata = Object.entries(info).map(([key, value]) => `- ${key}=${String(value)}`);
  return [
    `# ${name}`,
    ...(withMetadata && metadata.length > 0 ? [`## Metadata\n${metadata.join("\n")}`] : []),
    "## Contents",
    ...pages.map((text, at) => `### Page ${at + 1}\n${text.trim()}`),
  ].join("\n\n");
}
