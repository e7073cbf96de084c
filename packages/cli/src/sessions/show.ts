import { knownParts, textOf, type Message } from "@orrery/client";
import { Argument, defineCommand } from "../command.ts";
import { findAgent } from "../agents/index.ts";
import { assertId } from "../ids.ts";
import { oneLine, printable } from "../output/text.ts";
import { counted } from "../output/units.ts";
import { citations } from "../run/citations.ts";
import type { Session } from "../session.ts";

export const show = defineCommand<[agent: string, session: string], object>({
  name: "show",
  summary: "show what was said in a conversation",
  arguments: [
    new Argument("<agent>", "the agent's id or name"),
    new Argument("<session>", "the session's id"),
  ],
  examples: [["orrery sessions show Reader 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87", "a whole conversation"]],
  async run(session, _options, idOrName, sessionId) {
    const { id } = await findAgent(session.client, idOrName);
    assertId(sessionId, "session", `orrery sessions list ${oneLine(idOrName)}`);
    const about = await session.client.sessions.get(id, sessionId);
    const messages = await allMessages(session, id, sessionId);
    session.show({ ...about, messages }, () =>
      [
        `${session.style.bold(oneLine(about.title))}  ${session.style.dim(counted(about.executions, "turn"))}\n`,
        ...messages.map((message) => messageView(message, session)),
      ].join("\n"),
    );
  },
});

/** Every message, in the order they were said. */
async function allMessages(session: Session, agentId: string, sessionId: string): Promise<Message[]> {
  let messages: Message[] = [];
  let cursor: string | undefined;
  do {
    // Pages come newest first, each in the order of its messages.
    const page = await session.client.sessions.messages(agentId, sessionId, { limit: 100, cursor });
    messages = [...page.items, ...messages];
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return messages;
}

function messageView(message: Message, session: Session): string {
  const parts = knownParts(message);
  const files = parts.flatMap((part) =>
    part.type === "file" ? [oneLine(part.filename ?? part.mediaType)] : [],
  );
  const who = message.role === "user" ? session.style.cyan("you") : session.style.green(message.role);
  return [
    `${who}\n`,
    `${printable(textOf({ parts })).trim()}\n`,
    ...files.map((name) => session.style.dim(`with ${name}\n`)),
    citations(parts, session.style),
  ].join("");
}
