import type { Keys } from "@orrery/client";
import type { Key } from "@orrery/protocol";
import { byHolder, type HolderKeys } from "./holders.ts";

/** The workspace's keys by whose they are. There are few of them: all are read. */
export class KeyList {
  #keys = $state.raw<readonly Key[]>();
  error = $state.raw<unknown>();
  readonly #client: Pick<Keys, "listAll">;

  constructor(client: Pick<Keys, "listAll">) {
    this.#client = client;
  }

  /** Undefined until they have been read once. */
  readonly groups: HolderKeys[] | undefined = $derived.by(() => this.#keys && byHolder(this.#keys));

  async load(signal?: AbortSignal): Promise<void> {
    try {
      const read: Key[] = [];
      for await (const key of this.#client.listAll({ signal })) read.push(key);
      this.#keys = read;
      this.error = undefined;
    } catch (error) {
      if (!signal?.aborted) this.error = error;
    }
  }
}
