/** What arrives by Redis: read, refused where it has to be, and brought to who is to have it. */
import { OrreryError } from "@orrery/protocol";
import type { BridgePort, Inbound, Outbound, Verdict } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import { flagsFor } from "../../../security/index.ts";
import type { LegacyResult, Member, Ownership, TaskDelivery } from "../contract.ts";
import { ciphertextOf } from "../messages/ciphertext.ts";
import { encryptionRefusal } from "../messages/encryption-policy.ts";
import { fieldsOf, textOf } from "../messages/fields.ts";
import { parse, taskNamedIn } from "../messages/parse.ts";
import type { Parsed } from "../messages/parse.ts";
import { agentOfPrivateResults } from "../migration/private-channels.ts";
import { authorityOf, speakerRefusal } from "./authority.ts";
import type { Cancels } from "./cancels.ts";
import { claimTasks } from "./claims.ts";
import { coordinate } from "./coordination.ts";
import type { HandOffs } from "./hand-offs.ts";
import type { Peers } from "./peers.ts";
import type { Roll } from "./roll.ts";
import type { SealedWords } from "./sealed-words.ts";
import { takeTasks } from "./tasks-in.ts";
import type { ArrivedTask, TasksInHost } from "./tasks-in.ts";

export interface ArrivalsHost {
  readonly env: Env;
  readonly port: BridgePort;
  readonly roll: Roll;
  readonly ownership: Ownership;
  readonly peers: Peers;
  readonly handOffs: HandOffs;
  readonly cancels: Cancels;
  readonly words: SealedWords;
  members(): readonly Member[];
  find(fuseAgentId: string): Member | undefined;
  send(messages: readonly Outbound[]): Promise<unknown>;
  now(): number;
}

type Malformed = Extract<Parsed, { kind: "malformed" }>;
type Coordination = Exclude<Parsed, { kind: "task" | "result" | "foreign" | "malformed" }>;

const ignored: Verdict = { outcome: "ignored" };
const rejected = (reason: string): Verdict => ({ outcome: "rejected", reason });

export class Arrivals {
  readonly #host: ArrivalsHost;

  constructor(host: ArrivalsHost) {
    this.#host = host;
  }

  /** Takes over what came, in order; one verdict for each. */
  async receive(messages: readonly Inbound[]): Promise<Verdict[]> {
    const verdicts = Array.from(messages, () => ignored);
    // Tasks and results are taken many at once; what is said between them finds those before it done.
    let tasks: (ArrivedTask & { index: number })[] = [];
    let results: (LegacyResult & { index: number })[] = [];
    const takeGathered = async (): Promise<void> => {
      const [gatheredTasks, gatheredResults] = [tasks, results];
      [tasks, results] = [[], []];
      const [ofTasks, ofResults] = await Promise.all([
        gatheredTasks.length > 0 ? takeTasks(gatheredTasks, this.#taskParts()) : [],
        gatheredResults.length > 0 ? this.#host.ownership.results(gatheredResults) : [],
      ]);
      for (const [at, { index }] of gatheredTasks.entries()) verdicts[index] = ofTasks[at] ?? ignored;
      for (const [at, { index }] of gatheredResults.entries()) verdicts[index] = ofResults[at] ?? ignored;
    };
    for (const [index, inbound] of messages.entries()) {
      if (inbound.own === true) continue;
      const word = this.#privateWord(inbound);
      if (word) {
        const refusal = this.#speakerRefusal(inbound, word.source);
        if (refusal === null) results.push({ index, ...word });
        else verdicts[index] = rejected(refusal);
        continue;
      }
      const parsed = parse(inbound.value, inbound.role, inbound.receivedAt);
      switch (parsed.kind) {
        case "task":
          tasks.push({ index, inbound, task: parsed });
          break;
        case "result": {
          const isForeign = this.#host.ownership.assigned(parsed.taskId) === null;
          const refusal = isForeign ? null : this.#speakerRefusal(inbound, parsed.source);
          if (refusal === null) results.push({ index, inbound, final: true, ...parsed });
          else verdicts[index] = rejected(refusal);
          break;
        }
        case "foreign":
          break;
        case "malformed":
          verdicts[index] = rejected(parsed.reason);
          break;
        default:
          await takeGathered();
          verdicts[index] = await this.#coordinate(inbound, parsed);
      }
    }
    await takeGathered();
    return verdicts;
  }

  /** What an existing agent says by its private channel, all of which is for others; null for what came by another. */
  #privateWord(inbound: Inbound): LegacyResult | null {
    const { value, channel, receivedAt } = inbound;
    const agent = agentOfPrivateResults(this.#host.port, channel);
    if (agent === null) return null;
    const parsed = parse(value, "results", receivedAt);
    if (parsed.kind === "result") return { ...parsed, inbound, source: parsed.source ?? agent, final: true };
    const source = textOf(fieldsOf(value, "header"), "source") ?? textOf(value, "source") ?? agent;
    return { inbound, source, taskId: taskNamedIn(value), final: false, text: "", failed: false };
  }

  #speakerRefusal({ signer }: Inbound, speaker: string | null): string | null {
    return speakerRefusal(signer, speaker, this.#host.members());
  }

  /** Why a task is refused that goes to one of ours, or by us to an existing agent; null where it is not. */
  #taskRefusal(task: TaskDelivery, member: Member, inbound: Inbound, isOurs: boolean): string | null {
    const refusal = this.#speakerRefusal(inbound, task.source);
    if (refusal !== null || !isOurs) return refusal;
    const outside = { source: task.source, target: member.id, taskId: task.taskId };
    const jwe = task.encrypted ? ciphertextOf(task) : null;
    return encryptionRefusal(jwe, outside, this.#host.port.channels[inbound.role].encryption);
  }

  #taskParts() {
    const { env, port } = this.#host;
    return {
      ...this.#host,
      leastLoaded: async () => (await flagsFor(env).of(port.workspaceId)).enabled("fuse-least-loaded"),
      claimed: (taskIds: readonly string[]) => claimTasks(port, taskIds),
      sealsAnswers: port.channels.results.encryption === "require",
      refusal: (...of: Parameters<TasksInHost["refusal"]>) => this.#taskRefusal(...of),
    };
  }

  async #coordinate(inbound: Inbound, outer: Coordination): Promise<Verdict> {
    try {
      const opened = await this.#host.words.opened(inbound);
      if (opened.outcome === "passed") return ignored;
      if (opened.outcome === "refused") return rejected(opened.reason);
      const { value, wasSealed } = opened;
      const parsed = wasSealed ? this.#reread(value, inbound, outer) : outer;
      if (parsed.kind === "malformed") return rejected(parsed.reason);
      const refusal = this.#speakerRefusal(inbound, parsed.source);
      if (refusal !== null) return rejected(refusal);
      const authority = authorityOf(inbound.signer, this.#host.port.channels[inbound.role].signing);
      return await coordinate(this.#named(parsed, inbound), authority, {
        ...this.#host,
        sealed: (said, of) => this.#host.words.sealed(said, { ...of, wasSealed }),
      });
    } catch (error) {
      log.warn("fuse.message-not-taken", { kind: outer.kind, error });
      return {
        outcome: "later",
        reason: error instanceof OrreryError ? error.message : "it could not be taken",
      };
    }
  }

  /** A message by what was encrypted in it, under the id that it had outside. */
  #reread(
    value: Inbound["value"],
    { role, receivedAt }: Inbound,
    outer: Coordination,
  ): Coordination | Malformed {
    const parsed = parse(value, role, receivedAt);
    if (parsed.kind === "malformed") return parsed;
    if (parsed.kind === "task" || parsed.kind === "result" || parsed.kind === "foreign") return outer;
    return "messageId" in parsed && "messageId" in outer ? { ...parsed, messageId: outer.messageId } : parsed;
  }

  /** What somebody can do is of who signed it, where it does not say. */
  #named(parsed: Coordination, { signer }: Inbound): Coordination {
    if (parsed.kind !== "capabilities" || parsed.agent !== null || signer === null) return parsed;
    const { subject } = signer;
    if (subject === "workspace") return parsed;
    const ours = this.#host.members().find(({ agentId }) => subject === `agent:${agentId}`);
    return { ...parsed, agent: ours?.id ?? subject };
  }
}
