import type { FuseAgents } from "@orrery/client";
import type { FuseAgent, Migrate } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { Board } from "./board.svelte.ts";
import { fuseAgent } from "./testing/fuse-agent.ts";

const other = "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9aff";

/** A board over agents that come two a page. */
function boardOf(agents: FuseAgent[]) {
  const asked: Migrate[] = [];
  const client: Pick<FuseAgents, "list" | "migrate"> = {
    list: ({ cursor } = {}) => {
      const start = Number(cursor ?? 0);
      const next = start + 2;
      return Promise.resolve({
        items: agents.slice(start, next),
        nextCursor: next < agents.length ? String(next) : null,
      });
    },
    migrate: (bridgeId, id, migration) => {
      asked.push(migration);
      const agent = agents.find((one) => one.id === id && one.bridgeId === bridgeId);
      if (!agent) return Promise.reject(new Error("there is no such agent"));
      return Promise.resolve({ agent: { ...agent, mode: migration.mode }, handedBack: 3 });
    },
  };
  return { board: new Board(client), asked };
}

const names = (agents: FuseAgent[]) => agents.map(({ id }) => id).join(" ");

describe("the migration board", () => {
  test("has every agent in the column of its mode, by name", async () => {
    const { board } = boardOf([
      fuseAgent({ id: "writer" }),
      fuseAgent({ id: "planner", mode: "shadow" }),
      fuseAgent({ id: "coder" }),
      fuseAgent({ id: "critic", mode: "orrery" }),
    ]);
    expect(board.agents).toBeUndefined();
    await board.load();
    expect(names(board.column("legacy"))).toBe("coder writer");
    expect(names(board.column("shadow"))).toBe("planner");
    expect(names(board.column("canary"))).toBe("");
    expect(names(board.column("orrery"))).toBe("critic");
  });

  test("can be narrowed to a bridge, a name or a capability", async () => {
    const { board } = boardOf([
      fuseAgent({ id: "writer" }),
      fuseAgent({ id: "writer", bridgeId: other }),
      fuseAgent({
        id: "coder",
        state: { ...fuseAgent().state, capabilities: ["rust", "review"] },
      }),
    ]);
    await board.load();
    board.bridgeId = other;
    expect(board.column("legacy")).toHaveLength(1);
    board.bridgeId = "";
    board.query = " Review ";
    expect(names(board.column("legacy"))).toBe("coder");
  });

  test("shows a card that was moved where it is then, and that one alone", async () => {
    const { board, asked } = boardOf([
      fuseAgent({ id: "writer", mode: "orrery" }),
      fuseAgent({ id: "writer", bridgeId: other, mode: "orrery" }),
    ]);
    await board.load();
    const [first] = board.column("orrery");
    if (!first) throw new Error("there is a card");
    const { handedBack } = await board.migrate(first, { mode: "legacy" });
    expect([handedBack, asked]).toEqual([3, [{ mode: "legacy" }]]);
    expect(board.column("legacy")).toMatchObject([{ bridgeId: first.bridgeId }]);
    expect(board.column("orrery")).toHaveLength(1);
  });

  test("keeps what it shows when reading fails, beside why", async () => {
    let broken = false;
    const board = new Board({
      list: () =>
        broken
          ? Promise.reject(new Error("gone"))
          : Promise.resolve({ items: [fuseAgent()], nextCursor: null }),
      migrate: () => Promise.reject(new Error("no")),
    });
    await board.load();
    broken = true;
    await board.load();
    expect([board.agents?.length, board.error]).toEqual([1, new Error("gone")]);
    await expect(board.migrate(fuseAgent(), { mode: "shadow" })).rejects.toThrow("no");
    expect(board.column("legacy")).toHaveLength(1);
  });
});
