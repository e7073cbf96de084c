/** An agent's sessions: listed, read as messages, removed with all their executions. */
import { OrreryError } from "@orrery/protocol";
import type { Message, Page, Session } from "@orrery/protocol";
import type { AgentDocuments } from "./agent-documents.ts";
import type { AgentIndex } from "./agent-index.ts";
import type { AgentRecords } from "./agent-records.ts";
import type { AgentTurns } from "./agent-turns.ts";
import type { Conversations } from "./conversation.ts";
import type { ExecutionRow, ExecutionStore, SessionRow } from "./execution-store.ts";
import { messagesView, sessionView } from "./execution-view.ts";
import { pageOf } from "./pages.ts";
import type { PageRequest } from "./pages.ts";
import type { Registry } from "./registry.ts";

export interface SessionParts {
  records: AgentRecords;
  store: ExecutionStore;
  turns: AgentTurns;
  documents: AgentDocuments;
  conversations: Conversations;
  index: AgentIndex;
  registry: Registry;
  /** Forgets answers that were cached for a session. */
  forgetAnswers: (workspaceId: string, agentId: string, sessionId: string) => Promise<void>;
}

export class AgentSessions {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Newest first, by when they began. */
  list({ limit, cursor }: PageRequest): Page<Session> {
    const { records, store } = this.#parts;
    return pageOf(store.sessions(limit + 1, cursor), limit, (row) => sessionView(records.settings.id, row));
  }

  /** @throws OrreryError `not_found` */
  get(sessionId: string): Session {
    return sessionView(this.#parts.records.settings.id, this.#row(sessionId));
  }

  /**
   * Cancels what runs in the session and removes it with all its executions.
   * @throws OrreryError `not_found`
   */
  async remove(sessionId: string): Promise<null> {
    const { records, store, turns, documents, conversations, index, registry, forgetAnswers } = this.#parts;
    this.#row(sessionId);
    await turns.cancelSession(sessionId);
    await index.book();
    const { workspaceId, settings } = records.known;
    await forgetAnswers(workspaceId, settings.id, sessionId);
    const ids = store.deleteSession(this.#row(sessionId));
    documents.removeSession(sessionId);
    conversations.forget(sessionId);
    records.saveWork({ unindexed: records.work.unindexed.filter((id) => !ids.includes(id)) });
    await registry.removeExecutions(ids);
    return null;
  }

  /**
   * A session's messages, the newest page first; within a page, oldest first. A turn's two are not parted.
   * @throws OrreryError `not_found`, or `invalid_request` for a cursor of another list
   */
  messages(sessionId: string, { limit, cursor }: PageRequest): Page<Message> {
    const { store, turns } = this.#parts;
    const session = this.#row(sessionId);
    const last = cursor === undefined ? null : store.execution(cursor);
    if (cursor !== undefined && last?.sessionId !== sessionId) {
      throw new OrreryError("invalid_request", "The cursor is not of this session's messages.", {
        errors: [{ path: "cursor", message: "expected the nextCursor of an earlier page" }],
      });
    }
    const from = last === null ? session.lastExecutionId : last.previousId;
    const messages: Message[] = [];
    let oldest: ExecutionRow | undefined;
    for (const row of store.backwards(from)) {
      if (oldest && messages.length + 2 > limit) break;
      const live = turns.live(row.id);
      messages.unshift(...messagesView(live?.row ?? row, live?.transcript));
      oldest = row;
    }
    return { items: messages, nextCursor: oldest?.previousId ? oldest.id : null };
  }

  #row(sessionId: string): SessionRow {
    const session = this.#parts.store.session(sessionId);
    if (!session) throw new OrreryError("not_found", "The agent has no such session.");
    return session;
  }
}
