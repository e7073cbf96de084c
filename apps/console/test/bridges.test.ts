/** Bridges and keys, in a real browser against the whole platform and a real Redis. */
import type { CreateBridge } from "@orrery/protocol";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fuseApi, untilConnected } from "../../../test/fuse/api.ts";
import { startDispatcher, type Dispatcher } from "../../../test/fuse/peers/dispatcher.ts";
import { startRedis, type RedisServer } from "../../../test/fuse/redis.ts";
import { withoutBrowser } from "./support/browser.ts";
import { patience, testedConsole } from "./support/tested-console.ts";
import { withoutRedis } from "./support/without-redis.ts";

describe.skipIf(withoutBrowser() || withoutRedis())("the console's bridges and keys", () => {
  let redis: RedisServer;
  let dispatcher: Dispatcher;
  beforeAll(async () => {
    redis = await startRedis();
    dispatcher = await startDispatcher(redis);
  });
  afterAll(async () => {
    dispatcher?.close();
    await redis?.stop();
  });

  const tested = testedConsole();
  const { open } = tested;
  let page: Page;
  beforeEach(() => {
    ({ page } = tested);
  });

  /** A bridge to the Redis that is connected. */
  async function bridge(name: string, channels: CreateBridge["channels"] = {}): Promise<string> {
    const { id } = await tested.platform.client.bridges.create({
      name,
      redis: { kind: "tcp", url: redis.url },
      channels,
    });
    await untilConnected(fuseApi(tested.platform), id);
    return id;
  }

  test("are made by a form that says what is wrong, and connect", async () => {
    await open("/bridges");
    await page.getByText("No bridges yet").waitFor();
    await page.getByRole("link", { name: "New bridge" }).first().click();
    await page.getByRole("button", { name: "Create bridge" }).click();
    await page.getByText("Give the bridge a name of at most 120 characters.").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("The New Fuse");
    await page.getByLabel("Address").fill(`redis://user:secret@127.0.0.1:${redis.port}`);
    await page.getByRole("button", { name: "Create bridge" }).click();
    await page.getByText("without a password").waitFor();
    await page.getByLabel("Address").fill(redis.url);
    await page.getByLabel("Mode of tasks").click();
    await page.getByRole("option", { name: "Streams" }).click();
    await page.getByRole("button", { name: "Create bridge" }).click();

    await page.getByText("Connected", { exact: true }).first().waitFor();
    await page.getByText(/^\d+\.\d+\.\d+$/).waitFor();
    const channels = page.getByRole("list", { name: "Channels" }).getByRole("listitem");
    expect(await channels.getByRole("heading").allInnerTexts()).toEqual(["Coordination", "Tasks", "Results"]);
    await channels.nth(1).getByText("Streams", { exact: true }).waitFor();

    await page.getByRole("link", { name: "All bridges" }).click();
    await page
      .getByRole("row", { name: /The New Fuse/ })
      .getByText("Connected")
      .waitFor();
    expect(tested.complaints).toEqual([]);
    for await (const { id } of tested.platform.client.bridges.listAll())
      await tested.platform.client.bridges.delete(id);
  });

  test("show what passes as it passes, of one channel or all, until one pauses", async () => {
    const id = await bridge("Watched");
    await open(`/bridges/${id}/messages`);
    await page.getByText("No messages yet").waitFor();
    await page.getByText("Live", { exact: true }).waitFor();

    const rows = page.getByRole("region", { name: "Messages" }).getByRole("listitem");
    const hasRows = (count: number) => expect.poll(() => rows.count(), patience).toBe(count);
    await dispatcher.task("Read the notes", { id: "t-1", target: "nobody" });
    await hasRows(1);
    await rows.first().getByText("Read the notes").first().waitFor();
    await dispatcher.coordinate({ type: "capability_update", agentId: "elsewhere", capabilities: ["rust"] });
    await hasRows(2);

    await page.getByLabel("Channel: All channels").click();
    await page.getByRole("option", { name: "Coordination" }).click();
    await hasRows(1);
    await page.getByLabel("Channel: Coordination").click();
    await page.getByRole("option", { name: "All channels" }).click();
    await hasRows(2);

    await page.getByRole("button", { name: "Pause" }).click();
    await dispatcher.task("Read them again", { id: "t-2", target: "nobody" });
    await page.getByText("1 new message.").waitFor();
    await hasRows(2);
    await page.getByRole("button", { name: "Resume" }).click();
    await hasRows(3);
    await rows.first().locator("summary").press("Enter");
    await rows.first().getByText("t-2", { exact: true }).waitFor();

    await page.reload();
    await hasRows(3);
    expect(tested.complaints).toEqual([]);
    await tested.platform.client.bridges.delete(id);
  });

  test("keep what nobody could take over, to be replayed once it is put right, or thrown away", async () => {
    const id = await bridge("Refusing", { tasks: { name: "AI_TASK_CHANNEL", signing: "require" } });
    await open(`/bridges/${id}/dead-letters`);
    await page.getByText("No dead letters").waitFor();
    await dispatcher.task("Unsigned", { id: "t-9", target: "nobody" });
    await dispatcher.send("tasks", "HELLO??");
    const letters = page.getByRole("region", { name: "Dead letters" }).getByRole("listitem");
    await expect.poll(() => letters.count(), patience).toBe(2);
    const unsigned = letters.filter({ hasText: /sign/ });
    await unsigned.locator("summary").click();
    await unsigned.getByRole("group", { name: "Payload" }).getByText('"message": "Unsigned"').waitFor();

    // What is still wrong with it keeps it there, and it is said why.
    await unsigned.getByRole("button", { name: /^Replay/ }).click();
    await page.getByText("It was not taken over this time either").waitFor();
    expect(await letters.count()).toBe(2);
    await tested.platform.client.bridges.update(id, { channels: { tasks: { name: "AI_TASK_CHANNEL" } } });
    await unsigned.getByRole("button", { name: /^Replay/ }).click();
    await page.getByText("Message accepted").waitFor();
    await expect.poll(() => letters.count(), patience).toBe(1);

    await page.getByRole("button", { name: "Replay all…" }).click();
    await page.getByRole("button", { name: "Replay all", exact: true }).click();
    await page.getByText("None could be accepted this time either").waitFor();
    await letters
      .first()
      .getByRole("button", { name: /^Delete/ })
      .click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("No dead letters").waitFor();
    await tested.platform.client.bridges.delete(id);
  });

  test("say why they are not connected, are turned off and on, changed and deleted", async () => {
    const id = await bridge("Going");
    await open(`/bridges/${id}`);
    await page.getByRole("button", { name: "Turn off…" }).click();
    await page.getByRole("button", { name: "Turn off", exact: true }).click();
    await page.getByText("This bridge is off").waitFor();
    await page.getByRole("button", { name: "Turn on" }).click();
    await page.getByText("Connected", { exact: true }).first().waitFor();

    await page.getByRole("link", { name: "Settings" }).last().click();
    await page.getByLabel("Name", { exact: true }).fill("Gone");
    await page.getByLabel("Address").fill("redis://127.0.0.1:1");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    await page.getByRole("heading", { name: "Gone", level: 1 }).waitFor();
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByRole("alert").getByText("Orrery keeps retrying.").waitFor();

    await page.getByRole("link", { name: "Settings" }).last().click();
    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete bridge" }).click();
    await page.getByText("No bridges yet").waitFor();
    expect(tested.complaints).toEqual([]);
  });

  test("have keys that are made, rotated with an overlap, retired and forgotten", async () => {
    await open("/keys");
    await page.getByRole("button", { name: "New key" }).first().click();
    await page.getByRole("button", { name: "Create key" }).click();
    const ours = page.getByRole("region", { name: "This workspace" }).getByRole("listitem");
    await ours.getByText("Active", { exact: true }).waitFor();
    const [before] = (await tested.platform.client.keys.jwks()).keys;

    await ours.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Rotate…" }).click();
    await page.getByLabel("Overlap: 1 day").click();
    await page.getByRole("option", { name: "1 hour" }).click();
    await page.getByRole("button", { name: "Rotate key" }).click();
    await ours.getByText("Retiring", { exact: true }).waitFor();
    expect(await ours.count()).toBe(2);
    const after = (await tested.platform.client.keys.jwks()).keys;
    expect(after).toHaveLength(2);
    expect(after.map(({ kid }) => kid)).toContain(before?.kid);

    await ours
      .nth(1)
      .getByRole("button", { name: /^Actions for/ })
      .click();
    await page.getByRole("menuitem", { name: "Retire…" }).click();
    await page.getByRole("button", { name: "Retire key" }).click();
    await ours.nth(1).getByText("Retired", { exact: true }).waitFor();
    await ours
      .nth(1)
      .getByRole("button", { name: /^Actions for/ })
      .click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete key" }).click();
    await expect.poll(() => ours.count(), patience).toBe(1);
    expect(tested.complaints).toEqual([]);
  });

  test("show a shared secret once, and take no private key of a peer", async () => {
    await open("/keys");
    await page.getByRole("button", { name: "New key" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Holder: This workspace").click();
    await page.getByRole("option", { name: "A peer" }).click();
    await dialog.getByLabel("Peer", { exact: true }).fill("planner");
    await dialog
      .getByRole("textbox", { name: "Public key" })
      .fill('{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"AAAA"}');
    await dialog.getByRole("button", { name: "Add key" }).click();
    await dialog.getByText("This is a private key").waitFor();

    await dialog.getByLabel("What you have: Its public key").click();
    await page.getByRole("option", { name: "A new secret to give it" }).click();
    await dialog.getByRole("button", { name: "Create key" }).click();
    const secret = (await dialog.locator("code").innerText()).trim();
    expect(Buffer.from(secret, "base64url").length).toBeGreaterThanOrEqual(32);
    await dialog.getByRole("button", { name: "Done" }).click();
    await page.getByRole("region", { name: "planner" }).getByText("Signs, HS256").waitFor();
    await expect.poll(async () => (await page.content()).includes(secret), patience).toBe(false);
    expect(tested.complaints).toEqual([]);
  });

  test("seal under a workspace key, whose end asks for the workspace's name", async () => {
    await open("/keys");
    const card = page.getByRole("region", { name: "Workspace key" });
    await card.getByText("Wrapped by").waitFor();
    await card.getByRole("button", { name: "Rotate…" }).click();
    await page.getByRole("button", { name: "Rotate", exact: true }).click();
    await page.getByText(/Rotated to version \d+/).waitFor();
    await card.getByRole("button", { name: "Destroy…" }).click();
    const destroy = page.getByRole("button", { name: "Destroy key" });
    await page.getByRole("dialog").getByText("You will lose:").waitFor();
    expect(await destroy.isDisabled()).toBe(true);
    await page.getByLabel(/^Type .* to confirm$/).fill("something");
    expect(await destroy.isDisabled()).toBe(true);
    await page.keyboard.press("Escape");
    expect((await tested.platform.client.workspaceKey.get()).destroyedAt).toBeNull();
    expect(tested.complaints).toEqual([]);
  });

  test("have flags, for the workspace and for single agents", async () => {
    const agent = await tested.platform.client.agents.create({ name: "Pioneer", model: "offline/extract" });
    const [flag] = await tested.platform.client.flags.list();
    if (!flag) throw new Error("there is a flag");
    await open("/settings/flags");
    const row = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: flag.name }) });
    await row.getByLabel(new RegExp(`^${flag.name} in the workspace`)).click();
    await page.getByRole("option", { name: flag.default ? "Off" : "On", exact: true }).click();
    const setting = async () => {
      const flags = await tested.platform.client.flags.list();
      return flags.find(({ name }) => name === flag.name);
    };
    await expect.poll(async () => (await setting())?.workspace, patience).toBe(!flag.default);
    await row.getByRole("button", { name: /for an agent:/ }).click();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    await expect.poll(focused, patience).toBe(`Agent for ${flag.name}`);
    await page.keyboard.press("Enter");
    await page.getByRole("option", { name: "Pioneer" }).click();
    await expect.poll(focused, patience).toMatch(/for an agent:/);
    await expect.poll(async () => (await setting())?.agents, patience).toEqual({ [agent.id]: flag.default });
    await row.getByRole("link", { name: "Pioneer" }).waitFor();
    await row.getByRole("button", { name: /^Remove / }).click();
    await expect.poll(async () => (await setting())?.agents, patience).toEqual({});
    expect(tested.complaints).toEqual([]);
  });
});
