import type { Bridge, BridgeState } from "@orrery/protocol";
import { expect, test } from "vitest";
import { bridgeOptions, likeliestBridge } from "./bridge-words.ts";

const bridge = (id: string, state: BridgeState) =>
  ({ id, name: `Bridge ${id}`, status: { state } }) as Bridge;

test("of several bridges, the one that is connected is proposed, and each says how it stands", () => {
  const bridges = [bridge("a", "disconnected"), bridge("b", "connected"), bridge("c", "disabled")];
  expect(likeliestBridge(bridges)?.id).toBe("b");
  expect(likeliestBridge(bridges.toSpliced(1, 1))?.id).toBe("a");
  expect(likeliestBridge([])).toBeUndefined();
  expect(bridgeOptions(bridges).map(({ label, hint }) => [label, hint])).toEqual([
    ["Bridge a", "Not connected"],
    ["Bridge b", "Connected"],
    ["Bridge c", "Off"],
  ]);
});
