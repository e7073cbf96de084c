/** The tool calls of an answer, put together from the pieces in which servers send them. */
import * as z from "zod/mini";
import { newCallId } from "./events.ts";
import type { TextEvent } from "./events.ts";

export const CallPiece = z.object({
  index: z.optional(z.number()),
  id: z.optional(z.nullable(z.string())),
  function: z.optional(
    z.object({
      name: z.optional(z.nullable(z.string())),
      arguments: z.optional(z.nullable(z.union([z.string(), z.record(z.string(), z.unknown())]))),
    }),
  ),
});

interface OpenCall {
  id: string;
  name: string;
  input: string;
}

export class Calls {
  /** In the order they began. */
  readonly #all: OpenCall[] = [];
  readonly #at = new Map<number | string | undefined, OpenCall>();

  get any(): boolean {
    return this.#all.length > 0;
  }

  /**
   * Joins a piece to its call. Servers disagree: some give no `index`, some give every call index 0 with another
   * `id`, some repeat `id` and `name` with every piece, some send arguments as an object.
   */
  add(piece: z.output<typeof CallPiece>): void {
    const id = piece.id ?? "";
    const index = piece.index ?? (id === "" ? undefined : id);
    let call = index === undefined ? this.#all.at(-1) : this.#at.get(index);
    if (call === undefined || (id !== "" && call.id !== "" && call.id !== id)) {
      call = { id: "", name: "", input: "" };
      this.#all.push(call);
      this.#at.set(index, call);
    }
    if (call.id === "") call.id = id;
    if (call.name === "") call.name = piece.function?.name ?? "";
    const more = piece.function?.arguments ?? "";
    call.input += typeof more === "string" ? more : JSON.stringify(more);
  }

  *events(): Generator<Extract<TextEvent, { type: "call" }>> {
    for (const { id, name, input } of this.#all) {
      yield { type: "call", id: id || newCallId(), name, input: input || "{}" };
    }
  }
}
