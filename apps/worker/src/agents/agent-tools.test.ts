import { expect, it } from "vitest";
import type { AgentRecord } from "./agent-settings.ts";
import { toolsFor } from "./agent-tools.ts";
import { callTool } from "./tool-step.ts";

const settings = { tools: ["calculate", "write_ledger"] } as AgentRecord["settings"];
const record: AgentRecord = { workspaceId: "default", settings, version: 1 };

async function call(HTTP_TOOLS: string, name: string, input: unknown) {
  const host = {
    tools: toolsFor({ HTTP_TOOLS } as Env, record, false),
    documents: () => Promise.resolve([]),
    now: () => 0,
  };
  return callTool(host, {
    name,
    input,
    idempotencyKey: "k",
    signal: new AbortController().signal,
    resumed: false,
  });
}

it("with a mistake in HTTP_TOOLS, built-in tools work and a call of the others says why it fails", async () => {
  const broken = '[{"name":"write_ledger"}]';
  expect(await call(broken, "calculate", { expression: "1 + 1" })).toHaveProperty("output");
  const { error = "" } = (await call(broken, "write_ledger", {})) as { error?: string };
  expect(error).toContain("write_ledger is not available: HTTP_TOOLS is not valid: 0.description");
});

it("a tool that HTTP_TOOLS rightly leaves out is not there at all", async () => {
  expect(await call("", "write_ledger", {})).toEqual({
    error: "There is no tool named write_ledger. Available: calculate.",
  });
});
