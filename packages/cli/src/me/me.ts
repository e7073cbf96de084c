import { defineCommand } from "../command.ts";

export const me = defineCommand<[], object>({
  name: "me",
  summary: "show whose token this is and what it allows",
  examples: [["orrery me", "which workspace this is, and by which token"]],
  async run(session) {
    const who = await session.client.me();
    session.show(who, () =>
      session.facts([
        ["subject", who.subject],
        ["workspace", who.workspaceId],
        ["scopes", who.scopes.join(", ")],
        ["proven by", who.method],
        ["expires", who.expiresAt ?? "never"],
        ["platform", `${session.connection.url} (${session.connection.urlSource})`],
        ["token from", session.connection.tokenSource],
      ]),
    );
  },
});
