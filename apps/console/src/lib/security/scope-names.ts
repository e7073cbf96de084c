import type { Scope } from "@orrery/protocol";

/** What each scope allows, in words. */
export const scopeNames: readonly { scope: Scope; title: string; description: string }[] = [
  { scope: "agents:read", title: "Read", description: "Agents, conversations, executions, events" },
  { scope: "agents:write", title: "Change agents", description: "Create, edit and delete them" },
  { scope: "executions:run", title: "Run agents", description: "Send inputs, stop executions" },
  { scope: "admin", title: "Administer", description: "Everything, including tokens" },
];
