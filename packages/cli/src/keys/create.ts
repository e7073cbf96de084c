import type { CreateKey, CreatedKey } from "@orrery/client";
import { findAgentId } from "../agents/index.ts";
import { Argument, Option, defineCommand, gathered } from "../command.ts";
import { UsageError } from "../failure.ts";
import { readSecretFile } from "../secret-file.ts";
import type { Session } from "../session.ts";
import { holderText, keyView } from "./key-view.ts";

type Scope = NonNullable<CreateKey["scopes"]>[number];

interface Options {
  algorithm?: CreateKey["algorithm"];
  curve?: NonNullable<CreateKey["curve"]>;
  agent?: string;
  peer?: string;
  id?: string;
  jwkFile?: string;
  secretFile?: string;
  scope?: Scope[];
}

export const create = defineCommand<[use: CreateKey["use"]], Options>({
  name: "create",
  summary: "make a key, or take in a peer's",
  description:
    "Makes a key of the workspace, or with --agent of one agent; private halves never leave the platform. With --peer, takes in " +
    "what a peer gave you. A secret that is made here is printed, alone, on standard output: it is shown this once.",
  arguments: [new Argument("<use>", "what it is for").choices(["sign", "encrypt"])],
  options: [
    new Option("--algorithm <name>", "for signatures Ed25519 (the default) or HS256").choices([
      "Ed25519",
      "HS256",
      "ECDH-ES+A256KW",
    ]),
    new Option("--curve <name>", "of an encryption key").choices(["P-256", "X25519"]),
    new Option("--agent <agent>", "an agent's own, by its id or name").conflicts("peer"),
    new Option("--peer <name>", "somebody else's: the `source` of its messages, the subject of its requests"),
    new Option("--id <id>", "the key id that signatures name; a new one where left out"),
    new Option("--jwk-file <path>", "a peer's public key as a JWK; - is standard input"),
    new Option("--secret-file <path>", "a peer's HS256 secret in base64url; - is standard input").conflicts(
      "jwkFile",
    ),
    gathered(
      new Option(
        "--scope <scope>",
        "what a peer may do with requests that it signs: agents:read, agents:write, executions:run; may be repeated",
      ),
    ),
  ],
  examples: [
    ["orrery keys create sign", "a key for what the workspace sends"],
    [
      "orrery keys create encrypt --agent summarizer",
      "one to which others encrypt what that agent is to read",
    ],
    ["orrery keys create sign --peer planner --jwk-file planner.jwk", "a peer's, to check what it signed"],
    ["orrery keys create sign --algorithm HS256 --peer cron > secret", "a secret to share with a peer"],
  ],
  async run(session, options, use) {
    const key = await session.client.keys.create(await requestOf(session, options, use));
    showCreated(session, key);
  },
});

async function requestOf(session: Session, options: Options, use: CreateKey["use"]): Promise<CreateKey> {
  const { terminal, client } = session;
  const { agent, peer, curve, id, jwkFile, secretFile, scope } = options;
  if (peer === undefined && (jwkFile ?? secretFile ?? scope) !== undefined) {
    throw new UsageError("Only a peer's key is taken in, and only a peer has scopes: give --peer.");
  }
  const algorithm = options.algorithm ?? (use === "sign" ? "Ed25519" : "ECDH-ES+A256KW");
  const holder: CreateKey["holder"] =
    peer !== undefined
      ? { kind: "peer", name: peer }
      : agent === undefined
        ? { kind: "workspace" }
        : { kind: "agent", agentId: await findAgentId(client, agent) };
  return {
    use,
    algorithm,
    holder,
    ...(curve !== undefined && { curve }),
    ...(id !== undefined && { id }),
    ...(jwkFile !== undefined && { publicJwk: jwkOf(await readSecretFile(jwkFile, terminal)) }),
    ...(secretFile !== undefined && { secret: await readSecretFile(secretFile, terminal) }),
    ...(scope !== undefined && { scopes: scope }),
  };
}

/** Whether it is one, the platform says; a private half is not even sent there. */
function jwkOf(text: string): NonNullable<CreateKey["publicJwk"]> {
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch {
    throw new UsageError("The JWK is not JSON.");
  }
  if (typeof jwk !== "object" || jwk === null) throw new UsageError("The JWK is not a JSON object.");
  if ("d" in jwk || "k" in jwk) {
    throw new UsageError("This is a private key. Keep it, and give its public half.");
  }
  return jwk as NonNullable<CreateKey["publicJwk"]>;
}

/** A key as it was made: its secret alone on standard output where it has one. */
export function showCreated(session: Session, key: CreatedKey): void {
  const { secret } = key;
  if (secret !== undefined) {
    session.remark(`${key.algorithm} ${key.id}, of ${holderText(key)}. The secret is shown this once:`);
  }
  session.show(key, () => (secret === undefined ? keyView(key, session) : `${secret}\n`));
}
