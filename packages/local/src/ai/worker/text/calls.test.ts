import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { CallPiece, Calls } from "./calls.ts";

/** The calls of which a server sends these pieces. */
function joined(...pieces: unknown[]) {
  const calls = new Calls();
  for (const piece of z.array(CallPiece).parse(pieces)) calls.add(piece);
  return [...calls.events()].map(({ id, name, input }) => ({ id, name, input }));
}

const piece = (
  index: number | undefined,
  id: string | undefined,
  name: string | undefined,
  args: unknown,
) => ({
  index,
  id,
  function: { name, arguments: args },
});

describe("the calls of an answer", () => {
  it("are joined by index, however their pieces are interleaved", () => {
    const pieces = [
      piece(0, "a", "f", '{"x"'),
      piece(1, "b", "g", '{"y"'),
      piece(0, undefined, undefined, ":1}"),
      piece(1, undefined, undefined, ":2}"),
    ];
    expect(joined(...pieces)).toEqual([
      { id: "a", name: "f", input: '{"x":1}' },
      { id: "b", name: "g", input: '{"y":2}' },
    ]);
  });

  it.each([0, undefined])("are kept apart where every one has index %s", (index) => {
    expect(joined(piece(index, "a", "f", '{"x":1}'), piece(index, "b", "g", ""))).toEqual([
      { id: "a", name: "f", input: '{"x":1}' },
      { id: "b", name: "g", input: "{}" },
    ]);
  });

  it("have the name and id once that are repeated with every piece", () => {
    expect(joined(piece(0, "a", "f", '{"x"'), piece(0, "a", "f", ":1}"))).toEqual([
      { id: "a", name: "f", input: '{"x":1}' },
    ]);
  });

  it("take arguments that came as an object, and get an id where they have none", () => {
    const [call] = joined(piece(0, undefined, "f", { x: 1 }));
    expect(call).toMatchObject({ name: "f", input: '{"x":1}' });
    expect(call?.id).toMatch(/^call_\w{24}$/);
  });
});
