import { toast } from "svelte-sonner";
import { platform } from "#lib/platform/platform.ts";
import { AgentDocuments } from "./agent-documents.svelte.ts";

const known = new Map<string, AgentDocuments>();

/** An agent's documents, for as long as the console is open: files on their way arrive while one looks at something else. */
export function documentsOf(agentId: string): AgentDocuments {
  let documents = known.get(agentId);
  if (!documents) {
    documents = new AgentDocuments(agentId, platform.documents, (title, description) =>
      toast.success(title, { ...(description !== undefined && { description }) }),
    );
    known.set(agentId, documents);
  }
  return documents;
}
