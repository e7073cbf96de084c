/** Finding things again: lists, filters, pickers and the search, in a real browser against the whole platform. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { resize, withoutBrowser } from "./support/browser.ts";
import { startScriptedModel, type ScriptedModel } from "./support/scripted-model.ts";
import { patience, testedConsole } from "./support/tested-console.ts";

describe.skipIf(withoutBrowser())("lists and searches", () => {
  let model: ScriptedModel;
  beforeAll(async () => {
    model = await startScriptedModel("scripted", "parrot");
  });
  afterAll(() => model?.stop());

  const tested = testedConsole(() => ({ MODEL_SERVERS: model.servers }));
  const { open } = tested;
  let page: Page;
  beforeEach(() => {
    ({ page } = tested);
    model.script = (_, answer) => answer.say("Hello.");
  });

  const newAgent = (name: string, settings: { systemPrompt?: string; confidential?: boolean } = {}) =>
    tested.platform.client.agents.create({ name, model: "scripted/parrot", tools: [], ...settings });

  const heading = (name: string) => page.getByRole("heading", { name, level: 1 }).waitFor();

  /** Holds searches for agents back until the returned function is called. */
  async function holdSearches(): Promise<() => void> {
    const held = Promise.withResolvers<void>();
    await page.route(/\/api\/v1\/agents\?.*q=/, async (route) => {
      await held.promise;
      await route.continue();
    });
    return held.resolve;
  }

  test("the search takes what was looked for, although Enter comes before the answer", async () => {
    const wanted = await newAgent("Zebra keeper");
    await newAgent("Newest of all");
    await open("/models");
    await heading("Models");
    await page.keyboard.press("Control+k");
    await page.getByRole("option", { name: /Newest of all/ }).waitFor();
    const answer = await holdSearches();
    await page.keyboard.type("zeb");
    // What is at hand is narrowed at once, and nothing of it is taken yet.
    await page.getByRole("option", { name: /Newest of all/ }).waitFor({ state: "detached" });
    expect(await page.locator("[role=option][aria-selected=true]").count()).toBe(0);
    await page.keyboard.press("Enter");
    expect(page.url()).toContain("/models");
    answer();
    await page.waitForURL(`**/agents/${wanted.id}`);
    expect(tested.complaints).toEqual([]);
  });

  test("the search keeps what is typed while a page is still coming", async () => {
    await open("/agents");
    await heading("Agents");
    const coming = Promise.withResolvers<void>();
    await page.route(/\/nodes\/.*\.js$/, async (route) => {
      await coming.promise;
      await route.continue();
    });
    await page.keyboard.press("Control+k");
    await page.keyboard.type("go to models");
    await page.getByRole("option", { name: "Go to Models", selected: true }).waitFor();
    await page.keyboard.press("Enter");

    await page.keyboard.press("Control+k");
    await page.keyboard.type("limit");
    await page.getByRole("option", { name: "New budget" }).waitFor();
    expect(page.url()).toContain("/agents");
    coming.resolve();
    await heading("Models");
    await page.keyboard.type(" spend");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("heading", { name: "New budget" }).waitFor();
  });

  test("the search goes to what a pasted id names, and to places by other words for them", async () => {
    const agent = await newAgent("Named by its id");
    const { id } = await tested.platform.client.executions.create(agent.id, "Which one was this?");
    await open("/agents");
    await heading("Agents");
    await page.keyboard.press("Control+k");
    await page.keyboard.insertText(id);
    await page.getByRole("option", { name: "Which one was this?" }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/executions/${id}`);
    await expect.poll(() => page.title(), patience).toBe("Which one was this? · Execution · Orrery");

    await page.keyboard.press("Control+k");
    await page.keyboard.insertText(agent.id);
    await page.getByRole("option", { name: /Named by its id/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/agents/${agent.id}`);

    await page.keyboard.press("Control+k");
    await page.keyboard.type("limit spend");
    await page.getByRole("option", { name: "New budget" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("heading", { name: "New budget" }).waitFor();
    expect(new URL(page.url()).search).toBe("");
    // Behind a dialog there is no search.
    await page.keyboard.press("Control+k");
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count(), patience).toBe(0);

    await page.keyboard.press("Control+k");
    await page.keyboard.type("redis");
    await page.getByRole("option", { name: "Go to Bridges" }).waitFor();
    await page.getByRole("option", { name: "New bridge" }).waitFor();
  });

  test("an agent with the longest of names leaves its menu within reach", async () => {
    const name = "A".repeat(120);
    await newAgent(name, { systemPrompt: "Reads everything.\nAnswers briefly." });
    await open("/agents");
    const row = page.getByRole("row").filter({ hasText: name });
    await row.getByText("Reads everything.", { exact: true }).waitFor();
    for (const width of [1440, 375]) {
      await resize(page, width, 900);
      const menu = await row.getByRole("button", { name: /^Actions for/ }).boundingBox();
      expect((menu?.x ?? Number.NaN) + (menu?.width ?? 0)).toBeLessThan(width);
    }
    expect(await row.getByRole("link").getAttribute("title")).toBe(name);
  });

  test("an agent that is deleted from the list leaves the cursor where one makes another", async () => {
    const agent = await newAgent("Short-lived");
    await open("/agents?q=Short-lived");
    await page.getByRole("button", { name: "Actions for Short-lived" }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill(agent.name);
    await page.keyboard.press("Enter");
    await page.getByText("No matching agents").waitFor();
    await dialog.waitFor({ state: "detached" });
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent?.trim()), patience)
      .toBe("New agent");
    expect(tested.complaints).toEqual([]);
  });

  test("executions are narrowed to any agent, by keyboard, and still are when one comes back", async () => {
    const oldest = await newAgent("Oldest hand");
    const { id } = await tested.platform.client.executions.create(oldest.id, "Remember me?");
    await Promise.all(Array.from({ length: 55 }, (_, index) => newAgent(`Recruit ${index}`)));
    const newest = await newAgent("Newest recruit");
    await tested.platform.client.executions.create(newest.id, "Do you know me?");

    await open("/executions");
    await page.getByRole("link", { name: "Do you know me?" }).waitFor();
    await page.getByRole("combobox", { name: "Agent" }).click();
    const answer = await holdSearches();
    await page.keyboard.type("oldest");
    await page.keyboard.press("Enter");
    answer();
    await page.getByRole("link", { name: "Do you know me?" }).waitFor({ state: "detached" });
    expect(new URL(page.url()).searchParams.get("agent")).toBe(oldest.id);
    await page.getByRole("combobox", { name: /^Status/ }).click();
    await page.getByRole("option", { name: "Completed" }).click();

    await page.getByRole("link", { name: "Remember me?" }).click();
    await page.waitForURL(`**/executions/${id}`);
    await page.getByRole("main").getByRole("link", { name: "Oldest hand" }).waitFor();
    await page.goBack();
    await page.getByRole("link", { name: "Remember me?" }).waitFor();
    await page.getByRole("combobox", { name: "Agent" }).getByText("Oldest hand").waitFor();
    await page.getByRole("combobox", { name: "Status: Completed" }).waitFor();
    await page.reload();
    await page.getByRole("combobox", { name: "Agent" }).getByText("Oldest hand").waitFor();

    await page.getByRole("combobox", { name: "Agent" }).click();
    await page.getByRole("option", { name: "Any agent" }).click();
    await page.getByRole("link", { name: "Do you know me?" }).waitFor();
    expect(new URL(page.url()).search).toBe("?status=completed");
    expect(tested.complaints).toEqual([]);
  });

  test("a list of agents is found again as it was left: searched, read on and scrolled", async () => {
    await Promise.all(
      Array.from({ length: 120 }, (_, index) => newAgent(`Fleet ${String(index).padStart(3, "0")}`)),
    );
    await open("/agents");
    await page.getByLabel("Search by name or id").fill("Fleet");
    const rows = page.getByRole("link", { name: /^Fleet/ });
    await expect
      .poll(async () => {
        await rows.last().scrollIntoViewIfNeeded();
        return rows.count();
      }, patience)
      .toBe(120);
    const row = rows.nth(80);
    const name = await row.innerText();
    await row.scrollIntoViewIfNeeded();
    const before = await page.evaluate(() => scrollY);
    expect(before).toBeGreaterThan(1_000);
    await row.click();
    await heading(name);
    await page.goBack();
    await heading("Agents");
    await expect.poll(() => page.evaluate(() => scrollY), patience).toBe(before);
    expect(await rows.count()).toBe(120);
    expect(await page.getByLabel("Search by name or id").inputValue()).toBe("Fleet");

    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Agents" }).click();
    await expect.poll(() => page.getByLabel("Search by name or id").inputValue(), patience).toBe("");
    expect(tested.complaints).toEqual([]);
  });

  test("the range that usage is looked at in stays with the page", async () => {
    await open("/usage");
    await page.getByRole("combobox", { name: "Range: Last 30 days" }).click();
    await page.getByRole("option", { name: "Last 90 days" }).click();
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Models" }).click();
    await heading("Models");
    await page.goBack();
    await page.getByRole("combobox", { name: "Range: Last 90 days" }).waitFor();
    await page.reload();
    await page.getByRole("combobox", { name: "Range: Last 90 days" }).waitFor();
  });

  test("an agent's executions are where they were scrolled to when one comes back", async () => {
    const agent = await newAgent("Busy");
    for (let index = 0; index < 40; index += 1) {
      await tested.platform.client.executions.create(agent.id, `Job ${index}`);
    }
    await open(`/agents/${agent.id}/executions`);
    const job = page.getByRole("link", { name: "Job 3", exact: true });
    await expect.poll(() => job.count(), patience).toBe(1);
    await expect.poll(() => page.title(), patience).toBe("Executions · Busy · Orrery");
    await job.scrollIntoViewIfNeeded();
    const scrolled = () =>
      page.evaluate(() => document.querySelector("main .overflow-y-auto")?.scrollTop ?? Number.NaN);
    const before = await scrolled();
    expect(before).toBeGreaterThan(500);
    await job.click();
    await heading("Execution");
    await page.goBack();
    await job.waitFor();
    await expect.poll(scrolled, patience).toBe(before);
  });

  test("what a confidential agent is given is called confidential, and nothing else", async () => {
    const agent = await newAgent("Discreet", { confidential: true });
    await tested.platform.client.executions.create(agent.id, "The secret is swordfish.");
    await open("/executions");
    await page.getByRole("link", { name: "Confidential" }).first().waitFor();
    expect(await page.getByText("swordfish").count()).toBe(0);
    await resize(page, 375, 812);
    const row = page.getByRole("row").filter({ hasText: "Confidential" }).first();
    await row.getByText("Discreet").last().waitFor();
    await row.getByText("Completed").last().waitFor();
  });

  test("the times of what is running move on as one watches", async () => {
    const agent = await newAgent("Slow");
    const never = Promise.withResolvers<void>();
    model.script = () => never.promise;
    const { executionId } = await tested.platform.client.executions.stream(agent.id, "Take your time");
    await open(`/executions/${executionId}`);
    const time = page.getByRole("region", { name: "Timing" }).getByRole("listitem").first();
    await time.getByText("…").waitFor();
    const first = await time.innerText();
    await expect.poll(async () => (await time.innerText()) === first, patience).toBe(false);
    never.resolve();
  });
});
