/** Tasks of ours in the stream that the existing agent reads as well: it is not to find there what we have done. */
import type { Member, OwnershipHost } from "../contract.ts";
import type { Decisions, StreamedTask } from "./decisions.ts";

/** Entries that are removed from a stream by one command. */
const entriesAtOnce = 500;

export class SharedStream {
  readonly #host: Pick<OwnershipHost, "agent" | "port">;
  readonly #decisions: Decisions;
  /** The decision that was looked at last for what is old. */
  #lookedAt = 0;

  constructor(host: Pick<OwnershipHost, "agent" | "port">, decisions: Decisions) {
    this.#host = host;
    this.#decisions = decisions;
  }

  /** Those that an agent has, or had: all, or some of `only`. */
  tasks(member: Member, only: readonly string[] | null = null): StreamedTask[] {
    return this.#isRead(member) ? this.#decisions.entries(member.id, only) : [];
  }

  /** Removes all that an agent has, or had. @throws OrreryError `upstream_failed` */
  clear(member: Member): Promise<void> {
    return this.#remove(member, this.tasks(member));
  }

  /** Some of those that would be forgotten, were they not in the stream, by agent; asked again, the next ones. */
  old(): Map<string, StreamedTask[]> {
    const old = this.#decisions.oldEntries(this.#lookedAt);
    this.#lookedAt = old.at(-1)?.seq ?? 0;
    return Map.groupBy(old, ({ agent }) => agent);
  }

  /** Removes those of an agent's tasks that are done and told. @throws OrreryError `upstream_failed` */
  async clearOld(member: Member, tasks: readonly StreamedTask[]): Promise<void> {
    if (!this.#isRead(member)) {
      this.#decisions.forgetEntries(
        member.id,
        tasks.map(({ task }) => task),
      );
      return;
    }
    const unsettled = new Set(await this.#host.agent(member.id).unsettled(tasks.map(({ task }) => task)));
    await this.#remove(
      member,
      tasks.filter(({ task }) => !unsettled.has(task)),
    );
  }

  #isRead({ legacyChannels }: Member): boolean {
    return this.#host.port.channels.tasks.mode === "streams" && legacyChannels === "shared";
  }

  async #remove({ id }: Member, tasks: readonly StreamedTask[]): Promise<void> {
    const { port } = this.#host;
    for (let start = 0; start < tasks.length; start += entriesAtOnce) {
      const some = tasks.slice(start, start + entriesAtOnce);
      await port.command("XDEL", port.channels.tasks.name, ...some.map(({ entry }) => entry));
      this.#decisions.forgetEntries(
        id,
        some.map(({ task }) => task),
      );
    }
  }
}
