/** Bodies that a newcomer can send as they are, by method and path of the route. */
export const examples: Readonly<Record<string, unknown>> = {
  "POST /api/v1/agents": {
    name: "Contract reader",
    model: "offline/extract",
    systemPrompt: "Answer from the attached documents only.",
    tools: ["read_document", "search_documents"],
    labels: { team: "legal" },
  },
  "PATCH /api/v1/agents/{agentId}": { temperature: 0.2, status: "inactive" },
  "POST /api/v1/agents/{agentId}/executions": {
    input: "Which notice period applies?",
    attachments: [
      {
        name: "lease.md",
        mediaType: "text/markdown",
        data: "VGhlIG5vdGljZSBwZXJpb2QgaXMgdGhyZWUgbW9udGhzLg==",
      },
    ],
    stream: true,
  },
  "POST /api/v1/tokens": {
    name: "Nightly import",
    scopes: ["agents:read", "executions:run"],
    expiresIn: 86_400,
  },
  "POST /api/v1/tokens/revocations": { tokenId: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87" },
  "POST /api/v1/keys": {
    use: "sign",
    algorithm: "Ed25519",
    holder: { kind: "peer", name: "billing" },
    id: "billing-2026",
    publicJwk: { kty: "OKP", crv: "Ed25519", x: "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs" },
    scopes: ["agents:read", "executions:run"],
  },
  "POST /api/v1/keys/{keyId}/rotate": { overlap: 3_600 },
  "POST /api/v1/budgets": { scope: "agent", period: "day", limitMicros: 5_000_000 },
  "PATCH /api/v1/budgets/{budgetId}": { limitMicros: 10_000_000 },
  "PUT /api/v1/models/policy": {
    allowedModels: ["openai/*", "offline/extract"],
    regions: ["eu", "local"],
    filter: { card: "redact" },
    limits: { requestsPerMinute: 600 },
  },
  "POST /api/v1/fuse/agents/{bridgeId}/{fuseAgentId}/migrate": {
    mode: "canary",
    percent: 10,
    legacyChannels: "private",
  },
  "POST /api/v1/fuse/import": { bridgeId: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87", dryRun: true },
  "PUT /api/v1/flags/{name}": { enabled: false },
  "POST /api/v1/fuse/agents": {
    id: "calculator",
    bridgeId: "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87",
    model: "offline/extract",
    capabilities: ["arithmetic"],
  },
  "POST /api/v1/edge/execute": {
    input: "Which notice period applies?",
    agent_config: { model: "auto", temperature: 0.2, max_tokens: 512 },
  },
};
