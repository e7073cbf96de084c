/** Asks a classifier of the operator's choice whether an input may be sent to a model. */
import { z } from "zod";
import { log } from "../../observability/index.ts";
import type { Clock } from "../clock.ts";
import { ModelError, type ModelRequest } from "../contract.ts";
import { at } from "../wire/json.ts";
import type { InputCheck } from "./contract.ts";

export interface ClassifierOptions {
  url: string;
  /** Sent as a bearer token. */
  token: string | undefined;
  /** What happens to inputs while the classifier cannot say. */
  onFailure: "refuse" | "allow";
  fetch: typeof fetch;
  clock: Clock;
  /** Milliseconds for its answer; default 5,000. */
  timeoutMs?: number;
}

const Verdict = z.object({ allowed: z.boolean(), reason: z.string().optional() });

/** The longest reason that is passed on, in UTF-16 units; and the longest answer that is read, in bytes. */
const longestReason = 300;
const longestAnswer = 16_384;

/**
 * A check that posts `{workspaceId, agentId, text}` and expects `{allowed, reason?}`. The text is what was
 * said since the model last spoke: by the user, and by tools.
 * @throws ModelError `upstream_timeout` or `upstream_failed` where no answer comes and the policy is to refuse
 */
export function httpClassifier(options: ClassifierOptions): InputCheck {
  return async (request) => {
    const text = newText(request);
    if (text === "") return null;
    let verdict: z.infer<typeof Verdict>;
    try {
      verdict = await ask(options, request, text);
    } catch (error) {
      request.signal.throwIfAborted();
      log.warn("models.input-check-failed", {
        workspaceId: request.caller.workspaceId,
        reason: error instanceof ModelError ? error.message : "it could not be reached",
        allowed: options.onFailure === "allow",
      });
      if (options.onFailure === "allow") return null;
      throw error instanceof ModelError ? error : unanswered("could not be reached", error);
    }
    if (verdict.allowed) return null;
    const reason = verdict.reason?.trim().slice(0, longestReason);
    return {
      refused: `The input was refused by the check that this installation asks${reason ? ` (${reason})` : ""}: change what it asks for.`,
    };
  };
}

const unanswered = (what: string, cause?: unknown): ModelError =>
  new ModelError("upstream_failed", `The check of inputs ${what}: try again, or see to INPUT_CHECK_URL.`, {
    retryable: true,
    cause,
  });

async function ask(
  { url, token, fetch, clock, timeoutMs = 5_000 }: ClassifierOptions,
  { caller, signal, deadline }: ModelRequest,
  text: string,
): Promise<z.infer<typeof Verdict>> {
  const controller = new AbortController();
  const follow = (): void => controller.abort(signal.reason);
  signal.addEventListener("abort", follow, { once: true });
  const left = Math.max(0, Math.min(timeoutMs, deadline - clock.now()));
  const cancel = clock.after(left, () =>
    controller.abort(
      new ModelError("upstream_timeout", "The check of inputs did not answer in time: try again.", {
        retryable: true,
      }),
    ),
  );
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ workspaceId: caller.workspaceId, agentId: caller.agentId ?? null, text }),
      signal: controller.signal,
      // A redirect would carry the token and the text to wherever it points.
      redirect: "manual",
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw unanswered(`answered ${response.status}`);
    }
    const body = await response.text();
    const parsed = body.length > longestAnswer ? null : Verdict.safeParse(parsedJson(body));
    if (parsed?.success !== true) throw unanswered("did not answer {allowed, reason}");
    return parsed.data;
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    cancel();
    signal.removeEventListener("abort", follow);
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What was said since the model last spoke. */
function newText({ messages }: ModelRequest): string {
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  const texts: string[] = [];
  for (const { role, content } of messages.slice(last + 1)) {
    if (role === "system") continue;
    if (typeof content === "string") texts.push(content);
    else for (const part of content) texts.push(textOfPart(part));
  }
  return texts.filter((text) => text !== "").join("\n\n");
}

function textOfPart(part: { type: string }): string {
  const text = at(part, "text");
  if (typeof text === "string") return text;
  if (part.type !== "tool-result") return "";
  const output = at(part, "output");
  const value = at(output, "value");
  return typeof value === "string" ? value : (JSON.stringify(value ?? output) ?? "");
}
