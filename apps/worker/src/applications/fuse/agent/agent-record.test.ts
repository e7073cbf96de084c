import { expect, it } from "vitest";
import { AgentRecord } from "./agent-record.ts";

it("whether waiting makes up for priority is known after a restart, as it was said last", () => {
  const kept = new Map<string, unknown>();
  const kv = {
    get: (key: string) => kept.get(key),
    put: (key: string, value: unknown) => void kept.set(key, value),
  } as SyncKvStorage;
  const record = new AgentRecord(kv);
  expect(record.ageing).toBe(true);
  record.setAgeing(false);
  expect(new AgentRecord(kv).ageing).toBe(false);
  record.setAgeing(true);
  expect(new AgentRecord(kv).ageing).toBe(true);
});
