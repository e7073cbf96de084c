import type { Token } from "@orrery/client";
import { defineCommand } from "../command.ts";
import { listOptions, readList, showList, type ListOptions } from "../output/list-options.ts";

export const list = defineCommand<[], ListOptions>({
  name: "list",
  summary: "list the workspace's tokens, newest first",
  options: listOptions(),
  examples: [["orrery token list", "which tokens there are, without their secrets"]],
  async run(session, options) {
    const page = await readList(options, (query) => session.client.tokens.list(query));
    const now = session.terminal.now();
    showList(session, page, "No tokens were made here.", (tokens) =>
      session.table(tokens, [
        { heading: "ID", value: ({ id }) => id },
        { heading: "NAME", value: ({ name }) => name, elastic: true },
        { heading: "KIND", optional: true, value: ({ kind }) => kind },
        { heading: "SCOPES", optional: true, value: ({ scopes }) => scopes.join(" "), elastic: true },
        {
          heading: "STATE",
          value: (token) => stateOf(token, now),
          paint: (token, text) =>
            stateOf(token, now).startsWith("good") ? session.style.green(text) : session.style.dim(text),
        },
      ]),
    );
  },
});

function stateOf({ revokedAt, expiresAt }: Token, now: number): string {
  if (revokedAt !== null) return `revoked ${revokedAt.slice(0, 10)}`;
  if (expiresAt === null) return "good";
  return Date.parse(expiresAt) <= now
    ? `expired ${expiresAt.slice(0, 10)}`
    : `good until ${expiresAt.slice(0, 10)}`;
}
