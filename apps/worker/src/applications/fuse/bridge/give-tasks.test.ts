import { expect, it } from "vitest";
import type { TaskDelivery } from "../contract.ts";
import { giveTasks } from "./give-tasks.ts";
import type { GivingHost } from "./give-tasks.ts";

it("what an agent takes over anew is said anew, but for what it says while it is asked", async () => {
  const forgotten: unknown[] = [];
  const port = { newest: 7, forget: (...of: unknown[]) => void forgotten.push(of) };
  const accept = () => {
    port.newest = 8;
    return { answers: [{ outcome: "accepted" }, { outcome: "known" }], summary: {} };
  };
  const roll = { heard: () => {}, stub: () => ({ accept }) };
  const tasks = ["new", "old"].map((taskId) => ({ taskId }) as TaskDelivery);
  await giveTasks("a", tasks, { port, roll } as unknown as GivingHost);
  expect(forgotten).toEqual([[["ack:a:new", "result:a:new"], 7]]);
});
