import * as z from "zod/mini";
import type { AIEnv } from "../env.ts";
import { AIError, apiError } from "../errors.ts";
import { parseInputs, parseJson, readText } from "../inputs.ts";
import { convert, supported } from "./convert.ts";

const Request = z.object({
  files: z.array(z.object({ name: z.string(), mimeType: z.string(), data: z.base64() })),
  options: z.optional(
    z.looseObject({
      conversionOptions: z.optional(
        z.looseObject({
          output: z.optional(z.looseObject({ format: z.optional(z.enum(["markdown", "text"])) })),
          html: z.optional(z.looseObject({ hostname: z.optional(z.string()) })),
          pdf: z.optional(z.looseObject({ metadata: z.optional(z.boolean()) })),
        }),
      ),
    }),
  ),
});

/** `toMarkdown`, behind the binding. */
export async function convertRoutes(
  path: string,
  request: globalThis.Request,
  env: AIEnv,
): Promise<Response> {
  if (path.endsWith("/supported")) return Response.json({ success: true, result: supported() });
  if (!path.endsWith("/transformer")) return apiError(404, 7003, `Nothing on this machine serves ${path}`);
  try {
    const { files, options } = parseInputs(Request, parseJson(await readText(request.body), "the body"));
    const { output, html, pdf } = options?.conversionOptions ?? {};
    const chosen = {
      format: output?.format ?? "markdown",
      hostname: html?.hostname ?? null,
      pdfMetadata: pdf?.metadata ?? true,
    } as const;
    // One after the other: each may need its whole size in memory again.
    const result: object[] = [];
    for (const { name, mimeType, data } of files) {
      result.push(await convert({ name, mimeType, bytes: Uint8Array.fromBase64(data) }, chosen, env));
    }
    return Response.json({ success: true, result });
  } catch (error) {
    if (error instanceof AIError) return apiError(error.status, error.code, error.message);
    throw error;
  }
}
