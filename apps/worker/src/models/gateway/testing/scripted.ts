/** A provider that does what a test wrote for each of its calls, in order. */
import { ModelError } from "../../contract.ts";
import type { Provider, ProviderEvent, ProviderRequest } from "../../contract.ts";

/** What one call does: says some texts, then finishes or breaks off. */
export interface Script {
  says: readonly string[];
  ends: "finish" | "break" | "refuse" | "reject" | "silent";
  /** Characters that count as a token here. */
  usage?: { inputTokens: number; outputTokens: number };
}

export class ScriptedProvider implements Provider {
  readonly name: string;
  readonly extractive = false;
  /** What was asked, in order. */
  readonly asked: ProviderRequest[] = [];
  /** Calls under way now, and the most there ever were. */
  running = 0;
  most = 0;
  readonly #scripts: Script[];
  readonly #otherwise: Script;

  constructor(name: string, scripts: readonly Script[], otherwise: Script) {
    this.name = name;
    this.#scripts = [...scripts];
    this.#otherwise = otherwise;
  }

  unavailable(): null {
    return null;
  }

  async *stream(request: ProviderRequest): AsyncGenerator<ProviderEvent, void, undefined> {
    const script = this.#scripts.shift() ?? this.#otherwise;
    this.asked.push(request);
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    try {
      if (script.ends === "refuse") throw failure(false);
      if (script.ends === "reject") throw failure(true);
      let said = "";
      for (const text of script.says) {
        await Promise.resolve();
        request.signal.throwIfAborted();
        said += text;
        yield { type: "text", text };
      }
      if (script.ends === "silent") await aborted(request.signal);
      if (script.ends === "break") throw failure(true);
      const usage = script.usage ?? { inputTokens: 10, outputTokens: said.length };
      yield { type: "finish", reason: "stop", usage };
    } finally {
      this.running -= 1;
    }
  }
}

const failure = (retryable: boolean): ModelError =>
  new ModelError("upstream_failed", retryable ? "the line broke" : "the key was refused", { retryable });

/** Never resolves; rejects when the signal aborts. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

/** A catalog in which these models cost what `price` says and can do all that text models can. */
export const priced = (ids: readonly string[], more: Record<string, unknown> = {}): string =>
  JSON.stringify(
    Object.fromEntries(
      ids.map((id) => [
        id,
        {
          name: id,
          kind: "text",
          contextTokens: 100_000,
          maxOutputTokens: 1_000,
          price: { inputMicros: 1_000_000, outputMicros: 2_000_000 },
          tools: true,
          json: true,
          quality: 2,
          tasks: ["chat"],
          ...more,
        },
      ]),
    ),
  );
