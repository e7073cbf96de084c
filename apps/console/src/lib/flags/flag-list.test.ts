import type { Flags } from "@orrery/client";
import type { Flag, SetFlag } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { FlagList } from "./flag-list.svelte.ts";

const agentId = "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87";

const flag: Flag = {
  name: "fuse-streams",
  description: "Tasks come over streams.",
  default: false,
  workspace: null,
  agents: { [agentId]: true },
};

/** Flags whose settings are answered by hand. */
async function underHand() {
  const asked: { setting: SetFlag; answer: (flag: Flag) => void; refuse: (error: Error) => void }[] = [];
  const flags: Flags = {
    list: () => Promise.resolve([flag, { ...flag, name: "other" }]),
    set: (_, setting) =>
      new Promise((answer, refuse) => {
        asked.push({ setting, answer, refuse });
      }),
  };
  const list = new FlagList(flags);
  await list.load();
  return { list, asked };
}

describe("feature flags", () => {
  test("show what was said at once, and then what holds", async () => {
    const { list, asked } = await underHand();
    const setting = list.set("fuse-streams", true);
    expect(list.flags?.[0]?.workspace).toBe(true);
    expect(asked[0]?.setting).toEqual({ enabled: true });
    asked[0]?.answer({ ...flag, workspace: true, description: "as the platform has it" });
    await setting;
    expect(list.flags?.map(({ description }) => description)).toEqual([
      "as the platform has it",
      flag.description,
    ]);
  });

  test("of one agent are said and taken back beside the others", async () => {
    const { list, asked } = await underHand();
    void list.set("fuse-streams", false, agentId);
    expect(list.flags?.[0]?.agents).toEqual({ [agentId]: false });
    void list.set("fuse-streams", null, agentId);
    expect(list.flags?.[0]?.agents).toEqual({});
    expect(asked.map(({ setting }) => setting)).toEqual([
      { enabled: false, agentId },
      { enabled: null, agentId },
    ]);
  });

  test("are as before where the platform refuses", async () => {
    const { list, asked } = await underHand();
    const setting = list.set("fuse-streams", true);
    asked[0]?.refuse(new Error("no"));
    await expect(setting).rejects.toThrow("no");
    expect(list.flags?.[0]).toEqual(flag);
  });
});
