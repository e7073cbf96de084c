import type { Key } from "@orrery/protocol";
import { expect, test } from "vitest";
import { byHolder } from "./holders.ts";

const key = (id: string, holder: Key["holder"], changes: Partial<Key> = {}): Key => ({
  id,
  use: "sign",
  algorithm: "Ed25519",
  holder,
  status: "active",
  createdAt: "2026-11-20T12:00:00.000Z",
  endsAt: null,
  ...changes,
});

const agentId = "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87";

test("keys stand by whose they are, ours first, and of each what is in use first", () => {
  const groups = byHolder([
    key("z", { kind: "peer", name: "zeta" }),
    key("p", { kind: "peer", name: "alpha" }),
    key("old", { kind: "workspace" }, { status: "retired" }),
    key("a", { kind: "agent", agentId }),
    key("going", { kind: "workspace" }, { status: "retiring" }),
    key("new", { kind: "workspace" }, { createdAt: "2026-11-21T12:00:00.000Z" }),
    key("also", { kind: "workspace" }, { use: "encrypt", algorithm: "ECDH-ES+A256KW" }),
  ]);
  expect(groups.map(({ id, keys }) => [id, keys.map((one) => one.id).join(" ")])).toEqual([
    ["workspace", "new also going old"],
    [`agent:${agentId}`, "a"],
    ["peer:alpha", "p"],
    ["peer:zeta", "z"],
  ]);
});
