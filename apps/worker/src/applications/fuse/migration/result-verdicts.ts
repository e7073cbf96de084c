/** What becomes of results that others put on channels of results. */
import { OrreryError } from "@orrery/protocol";
import type { Verdict } from "../../../channels/index.ts";
import type { FuseHost, LegacyResult } from "../contract.ts";
import type { Decision, Decisions } from "./decisions.ts";
import { agentOfPrivateResults } from "./private-channels.ts";
import { resultKey, wordKey } from "./message-keys.ts";
import type { PrivateResult, PrivateResults } from "./private-results.ts";
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

/** What goes on from a private channel, with what is noted of it when it is on its way. */
interface Forwarded extends PrivateResult {
  readonly seen: Decision | undefined;
  readonly result: LegacyResult;
}

/**
 * What an existing agent says on its private channel goes on to the shared one, but for what is about a task that is
 * ours, and a second result of one task: that is dropped, and counted. A result on the shared channel is beyond recall;
 * where ours did the same task unheard, both are compared.
 */
export class ResultVerdicts {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** One verdict for each, in the same order. */
  async decide(results: readonly LegacyResult[]): Promise<Verdict[]> {
    const forwarded = new Map<string, Forwarded>();
    const verdicts = results.map((result): Verdict => {
      const agent = agentOfPrivateResults(this.#parts.host.port, result.inbound.channel);
      if (agent === null) return this.#shared(result);
      if (this.#parts.host.members.find(agent) === undefined) return ignored;
      this.#private(agent, result, forwarded);
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
    for (const { agent, seen, result } of forwarded.values()) {
      if (!result.final || result.taskId === null) continue;
      this.#parts.decisions.answered(agent, result.taskId);
      if (seen?.side === "shadow") this.#compare(seen, result.taskId, result);
    }
    return verdicts;
  }

  #private(agent: string, result: LegacyResult, forwarded: Map<string, Forwarded>): void {
    const { taskId, inbound, final } = result;
    const seen = taskId === null ? undefined : this.#parts.decisions.find(agent, taskId);
    const isOurs = seen?.side === "ours" || seen?.side === "moved";
    if (!final || taskId === null) {
      const key = wordKey(agent, inbound.id);
      if (!isOurs) forwarded.set(key, { key, agent, value: inbound.value, seen, result });
      return;
    }
    const key = resultKey(agent, taskId);
    if (isOurs || seen?.answered === true || forwarded.has(key)) this.#countDuplicate(agent);
    else forwarded.set(key, { key, agent, value: inbound.value, seen, result });
  }

  /** A result that everybody has heard; our own come by here too. */
  #shared({ taskId, ...result }: LegacyResult): Verdict {
    if (taskId === null) return ignored;
    const isOf = ({ agent }: Decision): boolean => result.source === null || result.source === agent;
    const waiting = this.#parts.decisions
      .of(taskId)
      .filter((decision) => !decision.answered && decision.side !== "ours" && isOf(decision));
    const shadow = waiting.find(({ side }) => side === "shadow");
    for (const { agent } of shadow ? [shadow] : waiting) this.#parts.decisions.answered(agent, taskId);
    if (shadow === undefined) return ignored;
    this.#compare(shadow, taskId, result);
    return accepted;
  }

  #compare(
    { agent, at }: Decision,
    taskId: string,
    { inbound, text, failed }: Omit<LegacyResult, "taskId">,
  ): void {
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
