import type { Agent } from "@orrery/protocol";

/** An agent for tests. */
export const agent = (changes: Partial<Agent> = {}): Agent => ({
  id: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87",
  name: "Reader",
  application: "assistant",
  model: "offline/extract",
  promptTemplate: "{{input}}",
  systemPrompt: "Quote.",
  temperature: 0.7,
  maxTokens: 1024,
  tools: ["calculate"],
  edgeLocations: ["weur"],
  capabilities: [],
  status: "active",
  labels: {},
  modelPolicy: {},
  confidential: false,
  metrics: { requestsHandled: 0, lastActive: null },
  createdAt: "2026-11-20T12:00:00.000Z",
  updatedAt: "2026-11-20T12:00:00.000Z",
  ...changes,
});
