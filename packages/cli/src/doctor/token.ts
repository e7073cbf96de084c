import { fail, ok, warn, type Check } from "./check.ts";

const day = 86_400_000;

/** Whether the token is accepted, and for how long. */
export const tokenAccepted: Check = {
  name: "token",
  needs: "platform",
  async run({ client, connection, terminal }) {
    if (connection.token === undefined) {
      return [
        fail(
          "there is none for this address",
          connection.withheld ?? "Set ORRERY_URL and ORRERY_TOKEN, or give --url and --token-file.",
        ),
      ];
    }
    const me = await client.me();
    const detail = `${me.subject} in workspace ${me.workspaceId}: ${me.scopes.join(", ")} (from ${connection.tokenSource})`;
    if (me.expiresAt !== null && Date.parse(me.expiresAt) - terminal.now() < 7 * day) {
      return [warn(`${detail}; it expires ${me.expiresAt}`, "Make a new one: orrery token create <name>")];
    }
    return [ok(detail)];
  },
};
