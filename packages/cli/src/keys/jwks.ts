import { defineCommand } from "../command.ts";

export const jwks = defineCommand<[], object>({
  name: "jwks",
  summary: "print the workspace's public keys as a JWK Set",
  description:
    "Prints what a peer needs to check what the workspace and its agents sign, and to encrypt to them (RFC 7517).",
  examples: [["orrery keys jwks > orrery.jwks", "for a peer"]],
  async run(session) {
    const set = await session.client.keys.jwks();
    session.write(`${JSON.stringify(set, null, 2)}\n`);
  },
});
