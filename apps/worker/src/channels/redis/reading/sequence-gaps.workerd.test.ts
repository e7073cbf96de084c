import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { migrate } from "../bridge-tables.ts";
import { SequenceGaps } from "./sequence-gaps.ts";

const of = (source: string, sequence: unknown) => ({ header: { source, sequence } });

/** Runs `work` on storage with the tables of a bridge. */
const onStorage = (work: (sql: SqlStorage) => void): Promise<void> =>
  runInDurableObject(env.AGENTS.getByName(newId()), (_, { storage }) => {
    migrate(storage.sql);
    work(storage.sql);
  });

describe("messages that never came", () => {
  test("are counted for each source of each channel", () =>
    onStorage((sql) => {
      const gaps = new SequenceGaps(sql);
      expect(gaps.before("a", of("one", 5))).toBe(0);
      expect(gaps.before("a", of("two", 9))).toBe(0);
      expect(gaps.before("b", of("one", 9))).toBe(0);
      expect(gaps.before("a", of("one", 8))).toBe(2);
      expect(gaps.before("a", { sequence: 1, source: "three" })).toBe(0);
      expect(gaps.before("a", { sequence: 3, source: "three" })).toBe(1);
    }));

  test("are none where a peer began anew, or counts by no number", () =>
    onStorage((sql) => {
      const gaps = new SequenceGaps(sql);
      for (const sequence of [7, 3, 4, "9", null, 1e300]) {
        expect(gaps.before("a", of("one", sequence))).toBe(0);
      }
    }));

  test("are counted over a restart, from what was last on disk", () =>
    onStorage((sql) => {
      const before = new SequenceGaps(sql);
      before.before("a", of("one", 5));
      expect(before.isChanged).toBe(true);
      before.save();
      expect(before.isChanged).toBe(false);
      before.before("a", of("one", 6));
      expect(new SequenceGaps(sql).before("a", of("one", 8))).toBe(2);
    }));

  test("are remembered of a thousand sources, those that were heard last, and of none with an endless name", () =>
    onStorage((sql) => {
      const gaps = new SequenceGaps(sql);
      for (let source = 0; source <= 1_000; source += 1) gaps.before("a", of(String(source), 1));
      gaps.save();
      gaps.before("a", of("x".repeat(1_000_000), 1));
      gaps.save();
      expect(sql.exec("SELECT count(*) AS count FROM bridge_sequences").one()).toEqual({ count: 1_000 });
      const again = new SequenceGaps(sql);
      expect(again.before("a", of("0", 3))).toBe(0);
      expect(again.before("a", of("1", 3))).toBe(0);
      expect(again.before("a", of("1000", 3))).toBe(1);
    }));
});
