/** Agents of the New Fuse on their way here and back, in a real browser against the whole platform and a real Redis. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fuseApi, untilConnected } from "../../../test/fuse/api.ts";
import { echoOf, startEchoModel, type EchoModel } from "../../../test/fuse/echo-model.ts";
import { startDispatcher, type Dispatcher } from "../../../test/fuse/peers/dispatcher.ts";
import { startExistingAgent, type ExistingAgent } from "../../../test/fuse/peers/existing-agent.ts";
import { startRedis, type RedisServer } from "../../../test/fuse/redis.ts";
import { withoutBrowser } from "./support/browser.ts";
import { patience, testedConsole } from "./support/tested-console.ts";
import { withoutRedis } from "./support/without-redis.ts";

describe.skipIf(withoutBrowser() || withoutRedis())("the console's agents of the New Fuse", () => {
  let redis: RedisServer;
  let model: EchoModel;
  let dispatcher: Dispatcher;
  let planner: ExistingAgent;
  beforeAll(async () => {
    redis = await startRedis();
    model = await startEchoModel();
    dispatcher = await startDispatcher(redis);
    planner = await startExistingAgent(redis, {
      id: "planner",
      capabilities: ["plans"],
      answer: (input) => `The existing one heard: ${input}`,
    });
  });
  afterAll(async () => {
    await planner?.stop();
    dispatcher?.close();
    await model?.stop();
    await redis?.stop();
  });

  const tested = testedConsole(() => ({
    MODEL_SERVERS: JSON.stringify({ echo: { baseUrl: model.baseUrl, models: ["echo-0", "echo-600000"] } }),
  }));
  const { open } = tested;
  let bridgeId: string;
  let page: Page;
  beforeAll(async () => {
    const bridge = await tested.platform.client.bridges.create({
      name: "The New Fuse",
      redis: { kind: "tcp", url: redis.url },
    });
    bridgeId = bridge.id;
    await untilConnected(fuseApi(tested.platform), bridgeId);
  });
  beforeEach(() => {
    ({ page } = tested);
  });

  const column = (name: string) => page.getByRole("region", { name: new RegExp(`^${name}`) });
  const card = (mode: string, agent: string) =>
    column(mode)
      .getByRole("listitem")
      .filter({ has: page.getByRole("link", { name: agent, exact: true }) });

  async function chooseMove(agent: string, words: string) {
    await page.getByRole("button", { name: `Actions for ${agent}` }).click();
    await page.getByRole("menuitem", { name: words }).click();
    await page.getByRole("dialog").waitFor();
  }

  test("come from Redis after a look at what is there", async () => {
    await open("/fuse");
    await page.getByText("No agents yet").waitFor();
    await page.getByRole("button", { name: "Import agents" }).last().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "Model" }).click();
    await page.getByPlaceholder("Find a model").fill("echo/echo-0");
    await page.getByRole("option").first().click();
    await dialog.getByRole("button", { name: "Preview" }).click();
    const found = dialog.getByRole("list", { name: "Agents found" }).getByRole("listitem");
    await found.getByText("New", { exact: true }).waitFor();
    expect(await found.allInnerTexts()).toEqual([expect.stringContaining("planner")]);
    expect((await tested.platform.client.fuse.agents.list()).items).toEqual([]);
    await dialog.getByRole("button", { name: "Import 1 agent" }).click();
    await card("Legacy", "planner").waitFor();
    await card("Legacy", "planner").getByText("alive").waitFor();
    expect(tested.complaints).toEqual([]);
  });

  test("work unheard in Shadow, where both results are to be read side by side", async () => {
    await open("/fuse");
    await chooseMove("planner", "Move to Shadow…");
    await page.getByRole("dialog").getByText("publishes nothing").waitFor();
    await page.getByRole("button", { name: "Move to Shadow", exact: true }).click();
    await card("Shadow", "planner").waitFor();
    await dispatcher.task("Plan the week", { id: "shadow-1", target: "planner" });
    await dispatcher.result("shadow-1");
    await card("Shadow", "planner").getByText("1 differ").waitFor();
    expect(dispatcher.resultsOf("shadow-1")).toHaveLength(1);

    await card("Shadow", "planner").getByRole("link", { name: "planner" }).click();
    await page.getByRole("link", { name: "Differences" }).first().click();
    const differences = page.getByRole("region", { name: "Differences" });
    await differences.getByText("The existing one heard: Plan the week").waitFor();
    await differences.getByText(echoOf("Plan the week"), { exact: true }).waitFor();
    expect(tested.complaints).toEqual([]);
  });

  test("are dragged to another column, and nothing happens unless one says so", async () => {
    await open("/fuse");
    await card("Shadow", "planner").dragTo(column("Canary"));
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Move planner to Canary?").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await card("Shadow", "planner").count()).toBe(1);

    await card("Shadow", "planner").dragTo(column("Canary"));
    await dialog.getByRole("slider").fill("40");
    await dialog.getByText("40% of tasks are answered here.").waitFor();
    // On the shared channels both would answer: one has to say that the existing agent looks.
    const move = dialog.getByRole("button", { name: "Move to Canary" });
    expect(await move.isDisabled()).toBe(true);
    await dialog.getByRole("checkbox", { name: /checks who owns a task/ }).check();
    await move.click();
    await card("Canary", "planner").getByText("40%").waitFor();
    await card("Canary", "planner")
      .getByText(/^Orrery, token \d+$/)
      .waitFor();

    await chooseMove("planner", "Change share…");
    await dialog.getByRole("spinbutton").fill("75");
    await dialog.getByRole("spinbutton").press("Tab");
    await dialog.getByRole("button", { name: "Change", exact: true }).click();
    await card("Canary", "planner").getByText("75%").waitFor();
    expect(tested.complaints).toEqual([]);
  });

  test("are rolled back by a press and a word, with what they had not finished", async () => {
    await tested.platform.client.fuse.agents.create({
      id: "dreamer",
      bridgeId,
      model: "echo/echo-600000",
      legacyChannels: "private",
    });
    await open("/fuse");
    await card("Legacy", "dreamer").waitFor();
    await chooseMove("dreamer", "Move to Orrery…");
    await page.getByRole("button", { name: "Move to Orrery", exact: true }).click();
    await card("Orrery", "dreamer").waitFor();
    for (const id of ["dream-1", "dream-2"]) await dispatcher.task("Dream", { id, target: "dreamer" });
    await card("Orrery", "dreamer").getByText("2 running").waitFor();
    await page.getByRole("button", { name: "Roll back dreamer" }).click();
    await page.getByRole("dialog").getByText("2 unfinished tasks here are handed back to it.").waitFor();
    await page.getByRole("button", { name: "Roll back", exact: true }).last().click();
    await page.getByText("2 tasks handed back.").waitFor();
    await card("Legacy", "dreamer").waitFor();

    await open(`/fuse/${bridgeId}/dreamer/tasks`);
    await expect.poll(() => page.getByRole("cell", { name: "Handed back" }).count(), patience).toBe(2);
    expect(tested.complaints).toEqual([]);
  });

  test("are registered, paused and drained, and have tasks that can be cancelled", async () => {
    await open("/fuse");
    await page.getByRole("link", { name: "Register agent" }).click();
    await page.getByRole("button", { name: "Register agent" }).click();
    await page.getByText("Enter its name in the existing system: letters").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("slow");
    await page.getByRole("combobox", { name: "Model" }).click();
    await page.getByPlaceholder("Find a model").fill("echo/echo-600000");
    await page.getByRole("option").first().click();
    await page.getByRole("button", { name: "Register agent" }).click();
    await card("Legacy", "slow").getByRole("link", { name: "slow" }).click();

    // The agent is read again and again meanwhile.
    const choose = async (words: string) => {
      await page.getByRole("button", { name: "Move", exact: true }).click();
      await page.getByRole("menuitem", { name: words }).click();
    };
    await choose("Move to Canary…");
    const share = page.getByRole("slider");
    await share.fill("40");
    for (let read = 0; read < 2; read += 1) await page.waitForResponse(/\/fuse\/agents\/[^/]+\/slow$/);
    expect(await share.inputValue()).toBe("40");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await choose("Move to Orrery…");
    await page.getByRole("button", { name: "Move to Orrery", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByText("Accepting tasks.").waitFor();
    await dispatcher.task("Take your time", { id: "slow-1", target: "slow" });
    await page.getByRole("link", { name: "Tasks" }).first().click();
    const row = page.getByRole("row", { name: /slow-1/ });
    await row.getByText("Running").first().waitFor();
    await row.getByRole("button", { name: "Cancel slow-1" }).click();
    await page.getByRole("button", { name: "Cancel task" }).click();
    await row.getByText("Cancelled", { exact: true }).first().waitFor();
    await page.getByLabel("Status: Any status").click();
    await page.getByRole("option", { name: "Failed" }).click();
    await page.getByText("No matching tasks").waitFor();

    await page.getByRole("link", { name: "Overview" }).first().click();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused: accepting no new tasks.").waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Drain" }).click();
    await page.getByText("Draining: finishing its tasks").waitFor();
    await page.getByRole("link", { name: "slow" }).first().waitFor();

    await page.getByRole("button", { name: "Remove…" }).click();
    await page.getByRole("button", { name: "Remove agent" }).click();
    await card("Legacy", "dreamer").waitFor();
    await expect.poll(() => page.getByRole("link", { name: "slow", exact: true }).count(), patience).toBe(0);
    expect(tested.complaints).toEqual([]);
  });
});
