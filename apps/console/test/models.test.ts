/** Models compared, chosen, paid for and bounded, in a real browser against the whole platform. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { withoutBrowser } from "./support/browser.ts";
import { startScriptedModel, type ScriptedModel } from "./support/scripted-model.ts";
import { patience, testedConsole } from "./support/tested-console.ts";

describe.skipIf(withoutBrowser())("the console's models", () => {
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

  const side = (place: "Left" | "Right") => page.getByRole("region", { name: `${place} model` });

  test("answer one prompt side by side, with times, tokens, cost and why each was asked", async () => {
    const rest = Promise.withResolvers<void>();
    model.script = async ({ asked }, answer) => {
      answer.say(`You asked: ${asked}. `);
      await rest.promise;
      answer.say("That is **all**.");
    };
    await open("/playground?model=auto&with=offline/extract");
    await page.getByLabel("Prompt").fill("Who is there?");
    await page.getByLabel("Prompt").press("Control+Enter");
    // Both have begun while one of them waits.
    await side("Left").getByText("You asked: Who is there?.").waitFor();
    await side("Right").getByText("Extractive", { exact: true }).waitFor();
    rest.resolve();
    await side("Left").locator("strong", { hasText: "all" }).waitFor();
    await page.getByRole("button", { name: "Ask both" }).waitFor();

    const facts = side("Left").getByLabel("What the answer took");
    const took = await facts.locator("dt, dd").allInnerTexts();
    expect(took.filter((_, index) => index % 2 === 0)).toEqual([
      "First token",
      "Whole answer",
      "Tokens per second",
      "Tokens in",
      "Tokens out",
      "Cost",
    ]);
    expect(took.slice(1, 4)).not.toContain("–");
    await side("Left").getByText("Why this model").click();
    await side("Left").getByRole("table", { name: "Candidates, left model" }).getByText("Chosen").waitFor();
    // One that was named, and is alone, says it all itself.
    expect(await side("Right").getByText("Why this model").count()).toBe(0);
    expect(tested.complaints).toEqual([]);
  });

  test("are stopped with what they have said, and fail beside each other", async () => {
    model.script = async (_, answer) => {
      answer.say("So far so good, ");
      await new Promise(() => {});
    };
    await open("/playground?model=scripted/parrot&with=openai/gpt-5.5");
    await page.getByRole("button", { name: "Ask both" }).click();
    await page.getByText("Enter a prompt.").waitFor();
    await page.getByLabel("Prompt").fill("Talk");
    await page.getByRole("button", { name: "Ask both" }).click();
    await side("Left").getByText("So far so good,").waitFor();
    await side("Right").getByRole("alert").getByText("OPENAI_API_KEY").waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
    await expect.poll(focused, patience).toBe("Stop");
    await page.keyboard.press("Enter");
    await side("Left").getByText("Stopped", { exact: true }).waitFor();
    await expect.poll(focused, patience).toBe("Ask both");
    await side("Left").getByText("So far so good,").waitFor();
  });

  test("that break off are shown to have failed", async () => {
    model.script = (_, answer) => {
      answer.say("So far so good, ");
      answer.breakOff();
    };
    await open("/playground?model=scripted/parrot&with=offline/extract");
    await page.getByLabel("Prompt").fill("Talk");
    await page.getByRole("button", { name: "Ask both" }).click();
    await side("Left").getByRole("alert").waitFor();
    expect(tested.complaints).toEqual([]);
  });

  test("that only stand in for Workers AI are folded below those that can be used, until one asks", async () => {
    await open("/models");
    const headings = page.getByRole("heading", { level: 2 });
    await headings.first().waitFor();
    const names = await headings.allInnerTexts();
    const standIns = "Workers AI on this machine: stand-ins";
    expect(names.slice(0, 3)).toEqual(["scripted", "Offline", standIns]);
    const group = page.getByRole("region", { name: standIns });
    expect(await group.getByText("Ready", { exact: true }).count()).toBe(0);
    await group.getByText("None of these is the model it is named after").waitFor();
    expect(await group.getByRole("listitem").count()).toBe(0);

    const fold = group.getByRole("button", { name: /models: Workers AI/ });
    await fold.click();
    await group.getByRole("heading", { name: "Llama 3.1 8B (stand-in)" }).waitFor();
    expect(await fold.getAttribute("aria-expanded")).toBe("true");
    await fold.click();
    expect(await group.getByRole("listitem").count()).toBe(0);
    await page.getByLabel("Search models").fill("llama-3.1-8b");
    await group.getByRole("heading", { name: "Llama 3.1 8B (stand-in)" }).waitFor();
    expect(tested.complaints).toEqual([]);
  });

  test("show what was measured of them, and lead to the playground", async () => {
    await tested.platform.client.models.generate({ model: "scripted/parrot", input: "Hello" });
    await open("/models");
    const row = page.getByRole("listitem").filter({ hasText: "scripted/parrot" });
    await expect
      .poll(async () => {
        await page.getByRole("button", { name: "Check again" }).click();
        return row.getByRole("row", { name: /Whole answer/ }).count();
      }, patience)
      .toBe(1);
    await row.getByText("Healthy").waitFor();
    await page.getByLabel("Search models").fill("no such model");
    await page.getByText("No matching models").waitFor();
    await page.getByLabel("Search models").fill("parrot");
    await row.getByRole("link", { name: /^Try it: / }).click();
    await page.waitForURL(/\/playground\?model=scripted/);
    await side("Left").getByRole("combobox").getByText("scripted/parrot").waitFor();
  });

  test("are explained on each execution: why chosen, what each call came to, what was found", async () => {
    model.script = (_, answer) => answer.say("Write to ada@example.com.");
    const agent = await tested.platform.client.agents.create({
      name: "Careful",
      model: "openai/gpt-5.5",
      tools: [],
      modelPolicy: { fallbacks: ["scripted/parrot"], filter: { email: "redact" } },
    });
    const { id, routes } = await tested.platform.client.executions.create(agent.id, "Whom do I ask?");
    expect(routes.at(-1)).toMatchObject({ chosen: "scripted/parrot", why: "fallback" });
    await open(`/executions/${id}`);
    const why = page.getByRole("region", { name: "Why this model" });
    await why.getByText("Fallback").first().waitFor();
    await why.getByText("openai/gpt-5.5").first().waitFor();
    const calls = page.getByRole("table", { name: "Model calls, in order" });
    await calls.getByRole("row", { name: /scripted\/parrot.*Completed/ }).waitFor();
    const timing = page.getByRole("region", { name: "Timing" }).getByRole("listitem");
    expect(await timing.allInnerTexts()).toEqual([
      expect.stringMatching(/^scripted\/parrot\s.*first token/s),
    ]);
    const found = page.getByRole("region", { name: "Found in the answer" });
    await found.getByText("E-mail addresses").waitFor();
    await found.getByText("Redacted").waitFor();
    expect(await page.getByText("ada@example.com").count()).toBe(0);

    const routed = await tested.platform.client.agents.create({
      name: "Thrifty",
      model: "auto:cheap",
      tools: [],
    });
    const { id: second } = await tested.platform.client.executions.create(routed.id, "Hello?");
    await open(`/executions/${second}`);
    await why.getByText("Best score").waitFor();
    await why.getByRole("table", { name: "Candidates" }).getByText("Chosen").waitFor();
    await why.getByText("Excluded:").waitFor();
    expect(tested.complaints).toEqual([]);
  });

  test("are used, summed up by day, agent and model, and given as CSV", async () => {
    const agent = await tested.platform.client.agents.create({
      name: "Spender",
      model: "scripted/parrot",
      tools: [],
    });
    await tested.platform.client.executions.create(agent.id, "Hello");
    await tested.platform.client.models.generate({ model: "scripted/parrot", input: "Hello" });
    await open("/usage");
    const byAgent = page.getByRole("region", { name: "By agent" });
    await expect
      .poll(async () => {
        await page.reload();
        await byAgent.waitFor();
        return byAgent.getByRole("link", { name: "Spender" }).count();
      }, patience)
      .toBe(1);
    await byAgent.getByText("Without an agent").waitFor();
    await page.getByRole("region", { name: "By model" }).getByText("scripted/parrot").waitFor();

    const days = page.getByRole("slider", { name: "Day" });
    await days.focus();
    expect(await days.getAttribute("aria-valuetext")).toMatch(/\$[\d.]+, \d+ calls?/);
    await page.keyboard.press("Home");
    expect(await days.getAttribute("aria-valuenow")).toBe("1");
    await days.blur();

    // Nothing had a price: calls are drawn, and an axis of costs stays within its card all the same.
    await page.getByText("Calls per day (UTC)").waitFor();
    await page.getByRole("combobox", { name: /^Show/ }).click();
    await page.getByRole("option", { name: "Cost" }).click();
    await page.getByText("No paid calls in this period").waitFor();
    const card = await page.getByRole("region", { name: "By day" }).boundingBox();
    const mark = await page.getByText("$1.00", { exact: true }).boundingBox();
    expect(mark?.x).toBeGreaterThan(card?.x ?? Number.NaN);

    await page.getByRole("combobox", { name: /^Range/ }).click();
    await page.getByRole("option", { name: "Custom range" }).click();
    await page.getByLabel("From", { exact: true }).fill("2030-01-01");
    await page.getByText("The first day is after the last.").waitFor();
    await page.getByRole("combobox", { name: /^Range/ }).click();
    await page.getByRole("option", { name: "Last 7 days" }).click();

    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "CSV" }).click();
    await page.getByRole("menuitem", { name: "By model" }).click();
    const file = await coming;
    expect(file.suggestedFilename()).toMatch(/^usage-by-model-.*\.csv$/);
    expect(await readFile(await file.path(), "utf8")).toContain("scripted/parrot");
    expect(tested.complaints).toEqual([]);
  });

  test("are bounded by budgets that are set, changed and taken away", async () => {
    await open("/usage");
    await page.getByRole("button", { name: "New budget" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Limit").fill("lots");
    await dialog.getByRole("button", { name: "Set budget" }).click();
    await dialog.getByText("Enter an amount in dollars, such as 12.50").waitFor();
    await dialog.getByLabel("Limit").fill("12.50");
    await dialog.getByRole("button", { name: "Set budget" }).click();
    const budgets = page.getByRole("list", { name: "Budgets" });
    await budgets.getByText("Whole workspace").waitFor();
    await budgets.getByRole("progressbar", { name: "Whole workspace, per day" }).waitFor();

    await page.getByRole("button", { name: "Change limit: Whole workspace" }).click();
    await dialog.getByLabel("Limit").fill("20");
    await dialog.getByRole("button", { name: "Save limit" }).click();
    await budgets.getByText("$20.00 per day").waitFor();
    expect(await tested.platform.client.budgets.list()).toMatchObject([{ limitMicros: 20_000_000 }]);

    const agent = await tested.platform.client.agents.create({ name: "Bounded", tools: [] });
    await page.getByRole("button", { name: "New budget" }).click();
    await dialog.getByRole("combobox", { name: /^Applies to/ }).click();
    await page.getByRole("option", { name: /^Agents/ }).click();
    await dialog.getByLabel("A single one").check();
    await dialog.getByLabel("Limit").fill("1");
    await dialog.getByRole("button", { name: "Set budget" }).click();
    await dialog.getByText("Choose an agent.").waitFor();
    await dialog.getByRole("combobox", { name: "Agent", exact: true }).click();
    await page.getByPlaceholder("Find an agent").fill("Bound");
    await page.getByRole("option", { name: "Bounded" }).click();
    await dialog.getByRole("button", { name: "Set budget" }).click();
    await budgets.getByText("Bounded").waitFor();
    expect(await tested.platform.client.budgets.list()).toContainEqual(
      expect.objectContaining({ scope: "agent", targetId: agent.id }),
    );

    await page.getByRole("button", { name: "Delete budget: Bounded" }).click();
    await page.getByRole("button", { name: "Delete budget", exact: true }).click();
    await expect.poll(() => budgets.getByRole("listitem").count(), patience).toBe(1);
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent?.trim()), patience)
      .toBe("New budget");
    expect(tested.complaints).toEqual([]);
  });

  test("are bound by the workspace's policy, and their cached answers are counted and forgotten", async () => {
    const agent = await tested.platform.client.agents.create({
      name: "Repeater",
      model: "scripted/parrot",
      tools: [],
      modelPolicy: { cache: { mode: "exact" } },
    });
    for (const _ of [1, 2]) await tested.platform.client.executions.create(agent.id, "Say it again");
    await open("/models");
    await page.getByRole("link", { name: "Workspace policy" }).click();
    await page.getByRole("heading", { name: "Workspace policy" }).waitFor();
    await page
      .getByRole("region", { name: "Cached answers" })
      .getByText("50% of 2 requests were answered from the cache.")
      .waitFor();
    await page.getByRole("button", { name: "Empty…" }).click();
    await page.getByRole("button", { name: "Empty cache" }).click();
    await page.getByText("0 answers, 0 B.").waitFor();

    await page.getByLabel("Allowed models").fill("scripted/*\noffline/*");
    await page.getByLabel("Requests per minute").first().fill("lots");
    await page.getByRole("button", { name: "Save policy" }).click();
    await page.getByText("A whole number from 1 to 1,000,000").waitFor();
    await page.getByLabel("Requests per minute").first().fill("6000");
    await page.getByRole("button", { name: "Save policy" }).click();
    await page.getByText("Policy saved").waitFor();
    expect(await tested.platform.client.models.policy()).toEqual({
      allowedModels: ["scripted/*", "offline/*"],
      limits: { requestsPerMinute: 6000 },
    });
    await tested.platform.client.models.setPolicy({});
    expect(tested.complaints).toEqual([]);
  });

  test("take the policy, labels and capabilities that an agent's form says", async () => {
    const agent = await tested.platform.client.agents.create({
      name: "Formal",
      model: "scripted/parrot",
      tools: [],
    });
    await open(`/agents/${agent.id}/settings`);
    await page.locator("summary", { hasText: "Model policy" }).click();
    await page.getByRole("combobox", { name: "Fallbacks" }).click();
    await page.keyboard.type("cheapest");
    await page.getByRole("option", { name: /^auto:cheap The/ }).click();
    await page.getByRole("list", { name: "Fallbacks, in order" }).getByText("auto:cheap").waitFor();
    await page.getByRole("combobox", { name: /^Cached answers/ }).click();
    await page.getByRole("option", { name: /^Same meaning/ }).click();
    await page.getByLabel("Similarity threshold").fill("2");
    await page.getByRole("combobox", { name: /^Secrets/ }).click();
    await page.getByRole("option", { name: "Redact" }).click();
    await page.getByLabel("European Union").check();
    await page.getByLabel("Requests per minute").fill("60");
    await page.locator("summary", { hasText: "Advanced" }).click();
    await page.getByRole("button", { name: "Add label" }).click();
    await page.getByLabel("Name of label 1").fill("team");
    await page.getByLabel("Value of label 1").fill("legal");
    await page.getByLabel("Capabilities", { exact: false }).last().fill("contract review");
    await page.keyboard.press("Enter");

    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("A number from 0.5 to 1.").waitFor();
    await page.getByLabel("Similarity threshold").fill("0.9");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    expect(await tested.platform.client.agents.get(agent.id)).toMatchObject({
      modelPolicy: {
        fallbacks: ["auto:cheap"],
        cache: { mode: "semantic", ttlSeconds: 86_400, threshold: 0.9 },
        filter: { secret: "redact" },
        regions: ["eu"],
        limits: { requestsPerMinute: 60 },
      },
      labels: { team: "legal" },
      capabilities: ["contract review"],
    });
    expect(tested.complaints).toEqual([]);
  });

  test("are set in a form that opens although an agent names some of them twice", async () => {
    const agent = await tested.platform.client.agents.create({
      name: "Repeating",
      model: "scripted/parrot",
      tools: ["calculate", "calculate"],
      capabilities: ["plans", "plans"],
      modelPolicy: { fallbacks: ["auto:cheap", "auto:cheap"] },
    });
    await open(`/agents/${agent.id}/settings`);
    await page.locator("summary", { hasText: "Model policy" }).click();
    await page.locator("summary", { hasText: "Advanced" }).click();
    for (const name of ["Fallbacks, in order", "Capabilities"]) {
      const items = page.getByRole("list", { name, exact: true }).getByRole("listitem");
      await expect.poll(() => items.count(), patience).toBe(1);
    }
    expect(tested.complaints).toEqual([]);
  });
});
