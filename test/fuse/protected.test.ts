/** Who may say what, who may see it, and what ciphertext is taken: signed, encrypted and confidential agents. */
import type { BridgeMessage, CreateKey, Page, ProtectionPolicy, PublicJwk } from "@orrery/protocol";
import type { JWK } from "jose";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { untilConnected } from "./api.ts";
import { echoOf } from "./echo-model.ts";
import type { Dispatcher } from "./peers/dispatcher.ts";
import { message, messageOf } from "./peers/message.ts";
import type { Message, Value } from "./peers/message.ts";
import { makePeerKeys, open, seal, sign } from "./peers/protection.ts";
import type { PeerKeys } from "./peers/protection.ts";
import { aWhile, begin } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";

let around: Surroundings;
let dispatcher: Dispatcher;
let bridgeId: string;
/** The key to which the confidential agent's messages are encrypted. */
let vault: JWK;
let keys: Record<"dispatcher" | "thief" | "boss", PeerKeys>;
let name = "";
let count = 0;

const soon = { timeout: 20_000, interval: 50 };
const channels = (policies: { signing?: ProtectionPolicy; encryption?: ProtectionPolicy }) => ({
  coordination: { name: "AI_COORDINATION_CHANNEL", mode: "streams", ...policies } as const,
  tasks: { name: "AI_TASK_CHANNEL", mode: "streams", ...policies } as const,
  results: { name: "AI_RESULT_CHANNEL", mode: "streams", ...policies } as const,
});

async function protect(policies: Parameters<typeof channels>[0]): Promise<void> {
  await around.api.request("PATCH", `/bridges/${bridgeId}`, { channels: channels(policies) });
  await untilConnected(around.api, bridgeId);
}

beforeAll(async () => {
  around = await begin();
  bridgeId = await around.bridge({ channels: channels({}) });
  dispatcher = await around.dispatcher({ mode: "streams" });
  const { agentId } = await around.agent(bridgeId, "vault", {
    confidential: true,
    capabilities: ["secrets"],
  });
  const algorithm = "ECDH-ES+A256KW";
  const make = (key: CreateKey) => around.api.createKey(key);
  const made = await make({ use: "encrypt", algorithm, holder: { kind: "agent", agentId } });
  vault = { ...(made.publicJwk as JWK), kid: made.id };
  const peer = async (who: string, scopes: CreateKey["scopes"] = []): Promise<PeerKeys> => {
    const own = await makePeerKeys(`${who}-key`);
    const holder = { kind: "peer", name: who } as const;
    const jwk = (half: { publicJwk: JWK }) => half.publicJwk as PublicJwk;
    await make({
      use: "sign",
      algorithm: "Ed25519",
      holder,
      id: own.id,
      scopes,
      publicJwk: jwk(own.signing),
    });
    await make({ use: "encrypt", algorithm, holder, publicJwk: jwk(own.encryption) });
    return own;
  };
  keys = {
    dispatcher: await peer("dispatcher"),
    thief: await peer("thief"),
    boss: await peer("boss", ["agents:write"]),
  };
});
beforeEach(() => {
  name = `test-${(count += 1)}`;
});
afterAll(() => around.stop());

const task = (content: Value, from: { source?: string; target?: string } = {}): Message =>
  message("TASK", { source: "dispatcher", target: "vault", ...from }, content);
const tasksChannel = "newfuse-agents/AI_TASK_CHANNEL";
const coordinationChannel = "newfuse-agents/AI_COORDINATION_CHANNEL";
const send = (value: Value) => dispatcher.send("tasks", JSON.stringify(value));
const reasons = async (): Promise<string[]> =>
  (await around.api.deadLetters(bridgeId)).map(({ reason }) => reason);
const refused = (because: string) =>
  expect.poll(async () => (await reasons()).filter((reason) => reason.includes(because)).length, soon);
const shown = async (): Promise<BridgeMessage[]> =>
  (await around.api.request<Page<BridgeMessage>>("GET", `/bridges/${bridgeId}/messages?limit=100`)).items;

/** What an agent answers to a message that names itself. */
async function answerTo(value: Message): Promise<Message> {
  const id = `message-${(count += 1)}`;
  Object.assign(value.body.metadata, { message_id: id });
  const isIt = (found: Message | null): boolean =>
    found?.header.source === value.header.target && found.body.metadata["in_reply_to"] === id;
  const signed = await signedBy(value);
  await dispatcher.coordinate(signed);
  const { value: answer } = await dispatcher.find((heard) => isIt(messageOf(heard.value)));
  return answer as Message;
}
const signedBy = (value: Message): Promise<Message> => {
  const own = keys[value.header.source as keyof typeof keys];
  return sign(value, own, coordinationChannel);
};

it("an agent that is not confidential takes no ciphertext, and nothing of it is kept", async () => {
  const { agentId } = await around.agent(bridgeId, "open");
  const holder = { kind: "agent", agentId } as const;
  const made = await around.api.createKey({ use: "encrypt", algorithm: "ECDH-ES+A256KW", holder });
  const recipient = { ...(made.publicJwk as JWK), kid: made.id };
  await send(await seal(task({ message: "A secret", taskId: name }, { target: "open" }), recipient));
  await refused("the agent is not confidential").toBe(1);
  const { items } = await around.api.request<Page<unknown>>("GET", `/agents/${agentId}/executions`);
  expect(items).toEqual([]);
  expect(around.model.asked).not.toContain("A secret");
});

it("what a confidential agent is asked and answers is not shown to who watches", async () => {
  const secret = `secret-${name}`;
  await send(task({ message: secret, taskId: `${name}-1` }));
  await dispatcher.result(`${name}-1`);
  await dispatcher.bareTask({ id: `${name}-2`, type: "secrets", payload: secret });
  expect(await dispatcher.result(`${name}-2`)).toMatchObject({ result: echoOf(secret) });
  await send({ ...task({ message: secret, taskId: "t".repeat(201) }) });
  await refused("200 characters").toBe(1);
  const messages = await shown();
  expect(messages.filter(({ taskId }) => taskId?.startsWith(name)).length).toBeGreaterThanOrEqual(4);
  expect(JSON.stringify(messages)).not.toContain(secret);
  const letters = await around.api.deadLetters(bridgeId);
  expect(JSON.stringify(letters)).not.toContain(secret);
  expect(letters.some(({ payload }) => payload === "(confidential)")).toBe(true);
});

it("a copy of ciphertext under another name is not answered", async () => {
  const bound = await seal(task({ message: "Mine", taskId: `${name}-1` }), vault);
  const unbound = await seal(task({ message: "Mine too", taskId: `${name}-2` }), vault, { bound: false });
  for (const [index, sealed] of [bound, unbound].entries()) {
    await send(sealed);
    const answer = messageOf(await dispatcher.result(`${name}-${index + 1}`));
    expect(answer && (await open(answer, keys.dispatcher))).toMatchObject({ status: "completed" });
    const copy = { ...sealed, header: { ...sealed.header, source: "thief" } };
    Object.assign(copy.body.metadata, { task_id: `${name}-copy-${index}` });
    await send(copy);
  }
  await refused("`iss` in its header").toBe(1);
  await refused("came from somebody else before").toBe(1);
  await aWhile();
  expect(dispatcher.ofType("TASK").filter(({ header }) => header.target === "thief")).toEqual([]);
});

it("where ciphertext is required it says of which message it is, and answers are encrypted or are none", async () => {
  await protect({ encryption: "require" });
  const before = (await reasons()).length;
  await send(await seal(task({ message: "A", taskId: `${name}-1` }), vault, { bound: false }));
  await refused("does not say of which message").toBe(1);
  await send(await seal(task({ message: "B", taskId: `${name}-2` }), vault));
  const answer = messageOf(await dispatcher.result(`${name}-2`));
  expect(Object.keys(answer?.body.content ?? {})).toEqual(["jwe"]);
  // What nobody here could do is no business of ours, encrypted or not.
  for (let time = 0; time < 5; time += 1) {
    await send(
      task({ message: "Other", taskId: `${name}-o${time}`, requires: ["cooking"] }, { target: "*" }),
    );
  }
  await send(task({ message: "In the clear", taskId: `${name}-3` }));
  await refused("takes encrypted messages alone").toBe(1);
  await aWhile();
  expect((await reasons()).length).toBe(before + 2);

  const ping = message("SYSTEM", { source: "dispatcher", target: "vault" }, { command: "ping" });
  const pong = await answerTo(await seal(ping, vault));
  expect(await open(pong, keys.dispatcher)).toMatchObject({ message: "pong", status: "active" });
  const improvement = message(
    "IMPROVEMENT",
    { source: "dispatcher", target: "vault" },
    { message: "Be brief" },
  );
  const kept = await answerTo(await seal(improvement, vault));
  expect(await open(kept, keys.dispatcher)).toMatchObject({ status: "recorded" });
  await dispatcher.coordinate(ping);
  await refused("takes encrypted messages alone").toBe(2);
});

it("answers in the clear are none where the channel of results takes ciphertext alone", async () => {
  const { coordination, tasks, results } = channels({});
  const required = { ...results, encryption: "require" };
  await around.api.request("PATCH", `/bridges/${bridgeId}`, {
    channels: { coordination, tasks, results: required },
  });
  await untilConnected(around.api, bridgeId);
  await around.agent(bridgeId, "speaker");
  await send(task({ message: "Say it", taskId: `${name}-1` }, { target: "speaker", source: "unknown" }));
  const refusal = messageOf(await dispatcher.result(`${name}-1`));
  const error = "There is no key to encrypt the answer to unknown.";
  expect(refusal?.body.content).toMatchObject({ status: "failed", error });
  await send(task({ message: "Say it", taskId: `${name}-2` }, { target: "speaker" }));
  const answer = messageOf(await dispatcher.result(`${name}-2`));
  expect(answer && (await open(answer, keys.dispatcher))).toMatchObject({ result: echoOf("Say it") });
});

it("a message is taken as the words of who signed it, and of nobody else", async () => {
  await protect({ signing: "accept" });
  await send(
    await sign(
      task({ message: "As boss", taskId: `${name}-1` }, { source: "boss" }),
      keys.thief,
      tasksChannel,
    ),
  );
  await refused("it says it is of boss, and thief signed it").toBe(1);
  const bare = { id: `${name}-2`, agentId: "vault", source: "boss", payload: "As boss" };
  await send(await sign(bare, keys.thief, tasksChannel));
  await refused("it says it is of boss, and thief signed it").toBe(2);
  const pause = message("SYSTEM", { source: "boss", target: "vault" }, { command: "pause" });
  await dispatcher.coordinate(await sign(pause, keys.thief, coordinationChannel));
  await refused("it says it is of boss, and thief signed it").toBe(3);
  expect((await around.api.agent(bridgeId, "vault")).activity).toBe("running");
  await send(await sign(task({ message: "As myself", taskId: `${name}-3` }), keys.dispatcher, tasksChannel));
  await dispatcher.result(`${name}-3`);
  expect(around.model.asked).not.toContain("As boss");
});

it("where all sign, a peer controls what is its own, and agents only with a key that may change them", async () => {
  await protect({ signing: "require" });
  await around.agent(bridgeId, "worker", { model: "echo/echo-4000" });
  const command = (source: string, content: Value): Promise<Message> =>
    answerTo(message("SYSTEM", { source, target: "worker" }, content));
  const pause = await command("thief", { command: "pause" });
  expect(pause.body.content).toMatchObject({
    status: "refused",
    error: "the key of thief may not change agents: it has not the scope agents:write",
  });
  expect((await command("thief", { command: "ping" })).body.content).toMatchObject({ message: "pong" });
  const update = { command: "capability_update", capabilities: [] };
  expect((await command("thief", update)).body.content["status"]).toBe("refused");
  expect((await command("boss", { command: "pause" })).body.content["status"]).toBe("paused");
  expect((await command("boss", { command: "resume" })).body.content["status"]).toBe("running");

  await send(
    await sign(task({ message: "Slow", taskId: name }, { target: "worker" }), keys.dispatcher, tasksChannel),
  );
  const running = async () => (await around.api.agent(bridgeId, "worker")).tasks.running;
  await expect.poll(running, soon).toBe(1);
  const handOff = { command: "handoff", taskId: name, to: "vault" };
  expect((await command("thief", handOff)).body.content["status"]).toBe("refused");
  const cancel = (source: string) =>
    signedBy(message("SYSTEM", { source, target: "worker" }, { command: "cancel", taskId: name }));
  await dispatcher.coordinate(await cancel("thief"));
  await command("thief", { command: "ping" });
  expect(await running()).toBe(1);
  await dispatcher.coordinate(await cancel("dispatcher"));
  expect(messageOf(await dispatcher.result(name))?.body.content["status"]).toBe("cancelled");

  // What somebody can do is of who signed it.
  const said = await sign(
    { type: "capability_update", capabilities: ["rhyme"] },
    keys.thief,
    coordinationChannel,
  );
  await dispatcher.coordinate(said);
  const lies = { type: "capability_update", agentId: "worker", capabilities: ["rhyme"] };
  await dispatcher.coordinate(await sign(lies, keys.thief, coordinationChannel));
  await refused("it says it is of worker, and thief signed it").toBe(1);
});
