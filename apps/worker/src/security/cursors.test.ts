import { newId, Id } from "@orrery/protocol";
import { z } from "zod";
import { describe, expect, test } from "vitest";
import { cursorsOf } from "./cursors.ts";

const agents = cursorsOf("agents", Id);
const id = newId();
const cursor = agents.page({ items: [], nextCursor: id }).nextCursor ?? "";

const refusal = {
  code: "invalid_request",
  status: 422,
  errors: [{ path: "cursor", message: "expected the nextCursor of a page" }],
};

describe("a cursor", () => {
  test("leads to its place, and says nothing that a client could build upon", () => {
    expect(agents.place(cursor)).toBe(id);
    expect(cursor).not.toContain(id);
    expect(agents.place(undefined)).toBeUndefined();
    expect(agents.page({ items: [], nextCursor: null })).toEqual({ items: [], nextCursor: null });
  });

  test.each(["", "zzz", id, "~", `${cursor}a`, cursor.slice(0, -1), cursor.slice(1), cursor.toUpperCase()])(
    "%j is refused",
    (other) => {
      expect(() => agents.place(other)).toThrow(expect.objectContaining(refusal) as Error);
    },
  );

  test("with any one character changed is refused", () => {
    for (let at = 0; at < cursor.length; at += 1) {
      const changed = `${cursor.slice(0, at)}${cursor[at] === "A" ? "B" : "A"}${cursor.slice(at + 1)}`;
      expect(() => agents.place(changed)).toThrow(expect.objectContaining(refusal) as Error);
    }
  });

  test("of another list is refused", () => {
    expect(() => cursorsOf("executions", Id).place(cursor)).toThrow(
      expect.objectContaining(refusal) as Error,
    );
  });

  test("to a place that its list cannot have is refused, though it is whole", () => {
    const made = cursorsOf("letters", z.string()).page({ items: [], nextCursor: "é – ( DROP" }).nextCursor;
    expect(cursorsOf("letters", z.string()).place(made ?? "")).toBe("é – ( DROP");
    expect(() => cursorsOf("letters", z.string().regex(/^\d+-\d+$/)).place(made ?? "")).toThrow(
      expect.objectContaining(refusal) as Error,
    );
  });
});
