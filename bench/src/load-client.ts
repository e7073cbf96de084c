import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Load, LoadAnswer, LoadResult } from "./load.ts";
import { end, forkNode } from "./process-tree.ts";

/** The load client's process, seen from the bench. */
export class LoadClient {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<LoadResult>>();
  #last = 0;

  constructor() {
    this.#child = forkNode(fileURLToPath(new URL("../client.ts", import.meta.url)), []);
    this.#child.stdout?.pipe(process.stderr);
    this.#child.on("message", (answer: LoadAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ("error" in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer.result);
    });
    this.#child.once("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the load client ended"));
    });
  }

  run(load: Load): Promise<LoadResult> {
    const id = ++this.#last;
    const waiting = Promise.withResolvers<LoadResult>();
    this.#waiting.set(id, waiting);
    this.#child.send({ id, load });
    return waiting.promise;
  }

  stop(): Promise<void> {
    return end(this.#child);
  }
}
