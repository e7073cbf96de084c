/** What people do in the console, in a real browser against the whole platform. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { requirement } from "../../../test/e2e/requirements.ts";
import { openBrowser, withoutBrowser } from "./support/browser.ts";
import { calibrationReport, supplierAgreement } from "./support/demo-documents.ts";
import { startScriptedModel, type ScriptedModel } from "./support/scripted-model.ts";
import { patience, testedConsole } from "./support/tested-console.ts";

/** Something a script waits for until the test says so. */
function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe.skipIf(withoutBrowser())("the console", () => {
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
  });

  const newAgent = (name: string, settings: { model?: string; tools?: string[] } = {}) =>
    tested.platform.client.agents.create({ name, model: "scripted/parrot", tools: [], ...settings });

  const say = async (agent: string, text: string) => {
    await page.getByLabel(`Message to ${agent}`).fill(text);
    await page.getByRole("button", { name: "Send" }).click();
  };

  test("signs in by the address's fragment, which does not stay in the address bar", async () => {
    await open("/agents");
    await page.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
    expect(page.url()).toBe(`${tested.platform.url}/agents`);
    await page.getByText("Live", { exact: true }).waitFor();
    expect(tested.complaints).toEqual([]);
  });

  test("asks for a token without one, refuses a wrong one and takes a right one", async () => {
    const stranger = await openBrowser();
    try {
      const visit = await stranger.context.newPage();
      await visit.goto(`${tested.platform.url}/executions`);
      await visit.getByLabel("Token", { exact: true }).fill("not-a-token");
      await visit.getByRole("button", { name: "Sign in" }).click();
      await visit.getByText("That token is not valid").waitFor();
      await visit.getByLabel("Token", { exact: true }).fill(tested.platform.token);
      await visit.getByRole("button", { name: "Sign in" }).click();
      await visit.getByRole("heading", { name: "Executions", level: 1 }).waitFor();
    } finally {
      await stranger.close();
    }
  });

  test(requirement("documents-in-browser"), async () => {
    await open("/agents/new");
    await page.getByRole("button", { name: "Create agent" }).click();
    await page.getByText("Give the agent a name.").waitFor();
    await page.getByLabel("Name", { exact: true }).fill("Contracts reader");
    await page.getByRole("button", { name: "Create agent" }).click();
    await page.getByText("Attach a document and ask").waitFor();

    await page.locator("input[type=file]").setInputFiles([
      { name: "agreement.md", mimeType: "text/markdown", buffer: Buffer.from(supplierAgreement) },
      { name: "report.pdf", mimeType: "application/pdf", buffer: Buffer.from(calibrationReport) },
    ]);
    await page.getByRole("button", { name: "Remove report.pdf" }).waitFor();
    await say("Contracts reader", "What is the penalty for a late delivery?");

    await page.getByRole("listitem").getByText("contractual penalty of 0.5 %").last().waitFor();
    const sources = page.getByRole("list", { name: "Sources" });
    await sources.getByText("agreement.md").first().waitFor();
    const [start = 0, end = 0] = ((await sources.textContent()) ?? "")
      .match(/(\d[\d,]*) to (\d[\d,]*)/)
      ?.slice(1)
      .map((digits) => Number(digits.replaceAll(",", ""))) ?? [0, 0];
    expect(supplierAgreement.slice(start, end)).toContain("contractual penalty of 0.5 %");
    await page.getByText("Extractive").waitFor();
    expect(tested.complaints).toEqual([]);
  });

  test("refuses files that are too large before they are sent", async () => {
    const agent = await newAgent("Big eater");
    await open(`/agents/${agent.id}`);
    await page
      .locator("input[type=file]")
      .setInputFiles([
        { name: "huge.txt", mimeType: "text/plain", buffer: Buffer.alloc(10 * 1024 * 1024 + 1, 97) },
      ]);
    await page.getByText("huge.txt is larger than 10 MB.").waitFor();
  });

  test("shows an answer as it comes, with its Markdown and without its HTML", async () => {
    const agent = await newAgent("Writer");
    const rest = gate();
    model.script = async (_, answer) => {
      answer.say("**Bold** and <img src=x onerror=alert(1)> and [bad](javascript:alert(1))");
      await rest.opened;
      answer.say("\n\n- done");
    };
    await open(`/agents/${agent.id}`);
    await say("Writer", "Write something");
    await page.locator("strong", { hasText: "Bold" }).waitFor();
    await page.getByRole("button", { name: "Stop the answer" }).waitFor();
    rest.open();
    await page.locator("li", { hasText: "done" }).last().waitFor();
    await page.getByRole("button", { name: "Send" }).waitFor();
    expect(await page.locator("ol img, a[href^=javascript]").count()).toBe(0);
    expect(tested.complaints).toEqual([]);
  });

  test(requirement("browser-chat", "and what was said is kept"), async () => {
    const agent = await newAgent("Talker");
    const never = gate();
    model.script = async (_, answer) => {
      answer.say("So far so good, ");
      await never.opened;
    };
    await open(`/agents/${agent.id}`);
    await say("Talker", "Talk");
    await page.getByText("So far so good,").waitFor();
    await page.getByLabel("Message to Talker").press("Escape");
    await page.getByText("Stopped", { exact: true }).waitFor();
    await page.getByText("So far so good,").waitFor();
    never.open();
    const { items } = await tested.platform.client.executions.list(agent.id);
    expect(items.map(({ status }) => status)).toEqual(["cancelled"]);
  });

  test(requirement("browser-reload", "with nothing lost and nothing twice"), async () => {
    const agent = await newAgent("Storyteller");
    const rest = gate();
    model.script = async (_, answer) => {
      for (const word of ["one ", "two ", "three "]) answer.say(word);
      await rest.opened;
      for (const word of ["four ", "five."]) answer.say(word);
    };
    await open(`/agents/${agent.id}`);
    await say("Storyteller", "Count");
    await page.getByText("one two three").waitFor();
    await page.waitForURL(/session=/);
    await page.reload();
    await page.getByText("one two three").waitFor();
    await page.getByRole("button", { name: "Stop the answer" }).waitFor();
    rest.open();
    await page.getByText("one two three four five.", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Send" }).waitFor();
    await expect.poll(() => page.getByText("Count", { exact: true }).count(), patience).toBe(2);
  });

  test("finds an answer finished, once, after the platform was killed in the middle of it", async () => {
    const agent = await newAgent("Survivor");
    const before = gate();
    const words = ["alpha ", "beta ", "gamma ", "delta ", "epsilon."];
    let asked = 0;
    model.script = async (_, answer) => {
      const interrupted = ++asked === 1;
      for (const [index, word] of words.entries()) {
        if (interrupted && index === 3) await before.opened;
        answer.say(word);
      }
    };
    await open(`/agents/${agent.id}`);
    await say("Survivor", "Recite");
    await page.getByText("alpha beta gamma").waitFor();
    await tested.platform.kill();
    before.open();
    await page.getByText("Reconnecting", { exact: true }).waitFor();
    await tested.platform.restart();
    await page.getByText("alpha beta gamma delta epsilon.", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Send" }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    expect(await page.locator("li li, ol p", { hasText: "alpha" }).count()).toBe(1);
  });

  test("shows an execution live in the list, and its tool calls with their time", async () => {
    const agent = await newAgent("Counter", { tools: ["calculate"] });
    model.script = (request, answer) => {
      if (request.toolAnswered) answer.say("It is 42.");
      else answer.callTool("calculate", { expression: "6 * 7" });
    };
    await open("/executions");
    await page.getByRole("heading", { name: "Executions", level: 1 }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await tested.platform.client.executions.create(agent.id, "What is six times seven?");
    await page.getByRole("link", { name: "What is six times seven?" }).click();
    await page.locator("summary", { hasText: "calculate" }).click();
    await page.getByRole("group", { name: "Input" }).getByText("6 * 7").waitFor();
    await page.getByText("It is 42.").waitFor();
    await page.getByRole("heading", { name: "Timing" }).waitFor();
  });

  test("says why an execution failed and what to do", async () => {
    const agent = await newAgent("Unlucky", { model: "openai/gpt-5.5" });
    const { id } = await tested.platform.client.executions.create(agent.id, "Hello?");
    await open(`/executions/${id}`);
    const alert = page.getByRole("alert");
    await alert.getByText("OPENAI_API_KEY").waitFor();
    await alert.getByRole("link", { name: "Agent settings" }).waitFor();
  });

  test("changes and deletes an agent, after its name was typed", async () => {
    const agent = await newAgent("Short-lived");
    await open(`/agents/${agent.id}/settings`);
    await page.getByLabel("Instructions").fill("Answer in one word.");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    expect((await tested.platform.client.agents.get(agent.id)).systemPrompt).toBe("Answer in one word.");

    await page.getByRole("button", { name: "Delete…" }).click();
    const confirm = page.getByRole("button", { name: "Delete agent" });
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByLabel("Type Short-lived to confirm").fill("Short-lived");
    await confirm.click();
    await page.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
    expect(await page.getByRole("link", { name: "Short-lived" }).count()).toBe(0);
  });

  test("shows beside the field what only the platform can know", async () => {
    await open("/agents/new");
    await page.getByLabel("Name", { exact: true }).fill("Toolless");
    await page.getByLabel("Name of another tool").fill("no_such_tool");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByRole("button", { name: "Create agent" }).click();
    await page.locator("#tools-problem").waitFor();
  });

  test("can be used by keyboard alone: find an agent, ask it, find the list again", async () => {
    const agent = await newAgent("Keyboardist");
    model.script = (_, answer) => answer.say("Typed and answered.");
    await open("/models");
    await page.getByRole("heading", { name: "Models", level: 1 }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type("Keyb");
    await page.getByRole("option", { name: /Keyboardist/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/agents/${agent.id}`);
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")), patience)
      .toBe("Message to Keyboardist");
    await page.keyboard.type("Hello");
    await page.keyboard.press("Enter");
    await page.getByText("Typed and answered.").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  test("reads on through a long list as one scrolls", async () => {
    const names = Array.from({ length: 120 }, (_, index) => `Fleet ${String(index).padStart(3, "0")}`);
    await Promise.all(names.map((name) => newAgent(name)));
    await open("/agents");
    await page.getByLabel("Search by name or id").fill("Fleet");
    const rows = page.getByRole("link", { name: /^Fleet/ });
    await expect.poll(() => rows.count(), patience).toBe(50);
    await expect
      .poll(async () => {
        await rows.last().scrollIntoViewIfNeeded();
        return rows.count();
      }, patience)
      .toBe(120);
    expect(new Set(await rows.allInnerTexts()).size).toBe(120);
  });

  test("keeps the theme that was chosen", async () => {
    await open("/agents");
    await page
      .getByRole("button", { name: /^Theme/ })
      .first()
      .click();
    await page.getByRole("menuitem", { name: "Dark" }).click();
    await page.reload();
    expect(await page.evaluate(() => document.documentElement.classList.contains("dark"))).toBe(true);
  });

  test("makes a token that works and revokes it", async () => {
    await open("/settings");
    await page.getByRole("button", { name: "New token" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill("Nightly reports");
    await page.getByRole("button", { name: "Create token" }).click();
    const secret = await page.getByRole("dialog").locator("code").innerText();
    const me = (token: string) =>
      fetch(`${tested.platform.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    expect((await me(secret.trim())).status).toBe(200);
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Revoke Nightly reports" }).click();
    await page.getByRole("button", { name: "Revoke token" }).click();
    await page.getByRole("cell", { name: "Revoked" }).waitFor();
    await expect.poll(async () => (await me(secret.trim())).status, patience).toBe(401);
  });
});
