/** Tools that are HTTP endpoints of the operator's own. */
import { z } from "zod";
import { readOperatorsSchema, TooManySteps } from "../../schemas/index.ts";
import type { Problem, SchemaCheck } from "../../schemas/index.ts";
import type { RequestSigning } from "../../security/index.ts";
import type { Reconciled, Tool, ToolContext } from "./contract.ts";
import { parseHttpTools, type HttpToolSettings } from "./http-tool-settings.ts";

/** Bytes that an endpoint's answer may have. */
const answerLimit = 256 * 1024;

/** The answer was lost on its way: the endpoint may or may not have done what it was asked. */
class LostAnswer extends Error {
  constructor(name: string, why: string, cause?: unknown) {
    super(`${name} ${why}, so whether it ran is not known.`, { cause });
    this.name = "LostAnswer";
  }
}

const Reconciliation = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("done"), output: z.unknown() }),
  z.object({ outcome: z.literal("absent") }),
]);

/**
 * The tools that a setting describes; none where it is not set. `taken` are names that other tools have.
 *
 * A call is `POST <url>` with `{input, idempotencyKey}` and the header `Idempotency-Key`. The answer is JSON
 * or text of at most 256 KB; any status but 2xx is an error that the model sees. With `reconcileUrl`,
 * `GET <reconcileUrl>?idempotencyKey=…` tells what became of a call whose answer was lost.
 * @throws Error naming each wrong field of the setting
 */
export function httpToolsBeside(config: string | undefined, taken: readonly string[]): Tool[] {
  if (config === undefined || config.trim() === "") return [];
  return parseHttpTools(config, taken).map((settings) => httpTool(settings, settings.sign ? unsigned : asIs));
}

const asIs: RequestSigning = ({ headers }) => Promise.resolve(new Headers(headers));

const unsigned: RequestSigning = () =>
  Promise.reject(new Error("The tool's requests have to be signed, and nothing here signs them."));

function httpTool(settings: HttpToolSettings, headersOf: RequestSigning): Tool {
  const { name, description, effect, inputSchema, reconcileUrl } = settings;
  const schema = matching(inputSchema);
  const reconcile = async (key: string, signal: AbortSignal): Promise<Reconciled> =>
    reconcileUrl === undefined
      ? { outcome: "unknown" }
      : await askOutcome(settings, headersOf, reconcileUrl, key, signal);
  return {
    name,
    description,
    effect,
    inputSchema,
    // It gives up by itself, and then asks what became of the call, in as much time again.
    timeoutMs: 2 * settings.timeoutMs + 5_000,
    parse: (input) => schema.safeParse(input),
    run: async (input, context) => {
      try {
        return await post(settings, headersOf, input, context);
      } catch (error) {
        if (!(error instanceof LostAnswer) || effect !== "once" || context.signal.aborted) throw error;
        const found = await reconcile(context.idempotencyKey, context.signal);
        if (found.outcome === "done") return found.output;
        if (found.outcome === "unknown") throw error;
        throw new Error(`${name} did not answer, and says that it did not run.`, { cause: error });
      }
    },
    ...(reconcileUrl !== undefined && { reconcile }),
    ...(settings.sign && { signedBy: (sign) => httpTool(settings, sign) }),
  };
}

/** A zod schema that holds a value to a JSON Schema, without generating code as other validators do. */
function matching(inputSchema: Record<string, unknown>): z.ZodType {
  const check = readOperatorsSchema(inputSchema);
  return z.unknown().superRefine((value, context) => {
    for (const { path, message } of problemsOf(check, value)) {
      context.addIssue({ code: "custom", path: path.split("/").slice(1), message });
    }
  });
}

function problemsOf(check: SchemaCheck, value: unknown): Problem[] {
  try {
    return check(value);
  } catch (error) {
    if (!(error instanceof TooManySteps)) throw error;
    return [{ path: "", message: "is too much to check: send less" }];
  }
}

async function post(
  settings: HttpToolSettings,
  headersOf: RequestSigning,
  input: unknown,
  { idempotencyKey, signal }: ToolContext,
): Promise<unknown> {
  const { name, url, headers, timeoutMs } = settings;
  const request = {
    method: "POST",
    url,
    headers: {
      accept: "application/json, text/plain;q=0.9",
      ...headers,
      "content-type": "application/json",
      "idempotency-key": idempotencyKey,
    },
    body: JSON.stringify({ input, idempotencyKey }),
  };
  // What cannot be signed is not sent: nothing is lost on its way.
  const signed = await headersOf(request);
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let body: string;
  try {
    response = await fetch(url, {
      method: request.method,
      headers: signed,
      body: request.body,
      signal: AbortSignal.any([signal, timeout]),
      // Workers know no `error` here; an answer that redirects is refused below like any that is not 2xx.
      redirect: "manual",
    });
    body = await boundedText(response, name);
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof AnswerTooLong) throw cause;
    throw new LostAnswer(
      name,
      timeout.aborted ? `did not answer within ${timeoutMs} ms` : "could not be reached",
      cause,
    );
  }
  if (response.status >= 500) throw new LostAnswer(name, `failed with status ${response.status}`);
  if (!response.ok) {
    const detail = body.trim().slice(0, 1_000);
    throw new Error(`${name} refused with status ${response.status}${detail && `: ${detail}`}`);
  }
  return isJson(response) && body.trim() !== "" ? parseAnswer(name, body) : body;
}

async function askOutcome(
  { name, headers, timeoutMs }: HttpToolSettings,
  headersOf: RequestSigning,
  reconcileUrl: string,
  key: string,
  signal: AbortSignal,
): Promise<Reconciled> {
  const url = new URL(reconcileUrl);
  url.searchParams.set("idempotencyKey", key);
  const request = { method: "GET", url: url.href, headers: { accept: "application/json", ...headers } };
  try {
    const response = await fetch(request.url, {
      headers: await headersOf(request),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      // Workers know no `error` here; an answer that redirects is refused below like any that is not 2xx.
      redirect: "manual",
    });
    const body = await boundedText(response, name);
    if (response.status === 404) return { outcome: "absent" };
    if (response.status !== 200) return { outcome: "unknown" };
    const parsed = Reconciliation.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : { outcome: "unknown" };
  } catch {
    // No answer, or none that can be read, is what `unknown` means; a cancelled turn stays cancelled.
    signal.throwIfAborted();
    return { outcome: "unknown" };
  }
}

const isJson = (response: Response): boolean =>
  /[/+]json\b/i.test(response.headers.get("content-type") ?? "");

function parseAnswer(name: string, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Error(`${name} answered with JSON that cannot be parsed.`, { cause });
  }
}

class AnswerTooLong extends Error {
  constructor(name: string) {
    super(`${name} ran, and answered with more than ${answerLimit / 1024} KB, which is not read.`);
    this.name = "AnswerTooLong";
  }
}

async function boundedText(response: Response, name: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  const body: AsyncIterable<Uint8Array> | Uint8Array[] = response.body ?? [];
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > answerLimit) throw new AnswerTooLong(name);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
