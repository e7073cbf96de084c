/** An agent's sessions: listed, read as messages, removed with all their executions. */
import { OrreryError } from "@orrery/protocol";
import type { Message, Page, Session } from "@orrery/protocol";
import type { AgentDocuments } from "./agent-documents.ts";
import type { AgentIndex } from "./agent-index.ts";
import type { AgentRecords } from "./agent-records.ts";
import type { AgentTurns } from "./agent-turns.ts";
import type { Conversations } from "./conversation.ts";
import type { WakeUp } from "./wake-up.ts";
import type { ExecutionRow, ExecutionStore, SessionRow } from "./execution-store.ts";
import { messagesView, sessionView } from "./execution-view.ts";
import { charactersOf, pageCharacters, pageOf } from "./pages.ts";
import type { PageRequest } from "./pages.ts";

/** Executions that are removed, and named to the index, at once. */
const removedAtOnce = 1_000;

export interface SessionParts {
  records: AgentRecords;
  store: ExecutionStore;
  turns: AgentTurns;
  documents: AgentDocuments;
  conversations: Conversations;
  index: AgentIndex;
  wakeUp: WakeUp;
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
   * Cancels what runs in the session and removes it with all its executions and documents. The index hears of it soon.
   * @throws OrreryError `not_found`
   */
  async remove(sessionId: string): Promise<null> {
    const { records, store, turns, documents, conversations, index, wakeUp, forgetAnswers } = this.#parts;
    this.#row(sessionId);
    const reopen = await turns.close(sessionId);
    try {
      await index.book();
      const { workspaceId, settings } = records.known;
      await forgetAnswers(workspaceId, settings.id, sessionId);
      // With each write, since the call may have come between: what is left to do after a crash, it goes on with.
      void wakeUp.soon();
      await documents.removeSession(sessionId);
      // In pieces, since the index is told what is gone; what a crash leaves is a shorter session.
      for (let row = store.session(sessionId); row; row = store.session(sessionId)) {
        void wakeUp.soon();
        index.removed(store.deleteNewest(row, removedAtOnce));
        conversations.forget(sessionId);
        if (store.session(sessionId)) await index.flushOrFail();
      }
    } finally {
      reopen();
    }
    index.schedule();
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
        status: 422,
        errors: [{ path: "cursor", message: "expected the nextCursor of an earlier page" }],
      });
    }
    const from = last === null ? session.lastExecutionId : last.previousId;
    const messages: Message[] = [];
    let oldest: ExecutionRow | undefined;
    let characters = 0;
    for (const row of store.backwards(from)) {
      if (oldest && (messages.length + 2 > limit || characters >= pageCharacters)) break;
      const live = turns.live(row.id);
      const both = messagesView(live?.row ?? row, live?.transcript);
      characters += charactersOf(both);
      messages.unshift(...both);
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
