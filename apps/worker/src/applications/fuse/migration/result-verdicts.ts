/** What becomes of results that others put on channels of results. */
import { OrreryError } from "@orrery/protocol";
import type { Verdict } from "../../../channels/index.ts";
import type { FuseHost, LegacyResult } from "../contract.ts";
import type { Decision, Decisions } from "./decisions.ts";
import { agentOfPrivateResults } from "./private-channels.ts";
import { type PrivateResult, type PrivateResults, resultKey } from "./private-results.ts";
import type { ShadowBook } from "./shadow-book.ts";
import type { Sql } from "./store.ts";

interface Parts {
  readonly sql: Sql;
  readonly host: Pick<FuseHost, "members" | "port" | "now">;
  readonly decisions: Decisions;
  readonly shadows: ShadowBook;
  readonly privateResults: PrivateResults;
}

const accepted: Verdict = { outcome: "accepted" };
const ignored: Verdict = { outcome: "ignored" };

/**
 * A result on a private channel goes on to the shared one, unless its task is ours or was answered before: then it is
 * dropped and counted. One on the shared channel is beyond recall; where ours did the same task unheard, both are
 * compared.
 */
export class ResultVerdicts {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** One verdict for each, in the same order. */
  async decide(results: readonly LegacyResult[]): Promise<Verdict[]> {
    const forwarded = new Map<string, PrivateResult & { seen: Decision | undefined; result: LegacyResult }>();
    const verdicts = results.map((result): Verdict => {
      const agent = agentOfPrivateResults(this.#parts.host.port, result.inbound.channel);
      if (agent === null) return this.#shared(result);
      if (this.#parts.host.members.find(agent) === undefined) return ignored;
      const { taskId, inbound } = result;
      const seen = this.#parts.decisions.find(agent, taskId);
      const key = resultKey(agent, taskId);
      if (seen?.side === "ours" || seen?.answered || forwarded.has(key)) this.#countDuplicate(agent);
      else forwarded.set(key, { agent, taskId, value: inbound.value, seen, result });
      return accepted;
    });
    try {
      await this.#parts.privateResults.forward([...forwarded.values()]);
    } catch (error) {
      if (!(error instanceof OrreryError) || error.code !== "rate_limited") throw error;
      return verdicts.map((verdict, place) =>
        results[place]?.inbound.channel === undefined ? verdict : { outcome: "later", reason: error.message },
      );
    }
    for (const { agent, taskId, seen, result } of forwarded.values()) {
      this.#parts.decisions.answered(agent, taskId);
      if (seen?.side === "shadow") this.#compare(seen, result);
    }
    return verdicts;
  }

  /** A result that everybody has heard; our own come by here too. */
  #shared(result: LegacyResult): Verdict {
    const shadow = this.#parts.decisions
      .of(result.taskId)
      .find(({ agent, side }) => side === "shadow" && (result.source === null || result.source === agent));
    if (shadow === undefined || shadow.answered) return ignored;
    if (!this.#parts.decisions.answered(shadow.agent, result.taskId)) return ignored;
    this.#compare(shadow, result);
    return accepted;
  }

  #compare({ agent, at }: Decision, { inbound, taskId, text, failed }: LegacyResult): void {
    // What is confidential is not kept to be looked at.
    if (this.#parts.host.members.find(agent)?.confidential !== false) return;
    this.#parts.shadows.theirs(agent, taskId, {
      text,
      failed,
      receivedAt: inbound.receivedAt,
      askedAt: at,
    });
  }

  #countDuplicate(agent: string): void {
    this.#parts.sql.exec(
      `INSERT INTO ownership_counts (agent, duplicates) VALUES (?, 1)
       ON CONFLICT (agent) DO UPDATE SET duplicates = duplicates + 1`,
      agent,
    );
  }
}
