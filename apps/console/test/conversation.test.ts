/** Talking to an agent, in a real browser against the whole platform. */
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { resize, withoutBrowser } from "./support/browser.ts";
import { supplierAgreement } from "./support/demo-documents.ts";
import { startScriptedModel, type ScriptedModel } from "./support/scripted-model.ts";
import { patience, testedConsole } from "./support/tested-console.ts";

const paragraphs = (count: number) =>
  Array.from({ length: count }, (_, index) => `Paragraph ${index + 1} of many.`).join("\n\n");

describe.skipIf(withoutBrowser())("a conversation", () => {
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

  const newAgent = (name: string, settings: { model?: string; confidential?: boolean } = {}) =>
    tested.platform.client.agents.create({ name, model: "scripted/parrot", tools: [], ...settings });

  const field = () => page.getByRole("textbox", { name: /^Message to/ });

  const say = async (text: string) => {
    await field().fill(text);
    await page.getByRole("button", { name: "Send" }).click();
  };

  /** Whether one sees something where it is, with nothing over it. */
  const inSight = (what: Locator) =>
    what.evaluate((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    });

  const hasFocus = (what: Locator) => what.evaluate((element) => element === document.activeElement);

  const scroller = () => page.locator("section[aria-label^='Conversation with'] .overflow-y-auto").first();

  test("shows what was just said, wherever one had scrolled to", async () => {
    const agent = await newAgent("Talkative");
    model.script = (_, answer) => answer.say(paragraphs(60));
    await open(`/agents/${agent.id}`);
    await say("Tell me everything");
    await page.getByText("Paragraph 60 of many.").waitFor();
    await scroller().evaluate((element) => element.scrollTo({ top: 0 }));
    await page.getByRole("button", { name: "To the newest message" }).waitFor();

    const never = Promise.withResolvers<void>();
    model.script = () => never.promise;
    await say("And then?");
    await expect.poll(() => inSight(page.locator("ol").getByText("And then?")), patience).toBe(true);
    never.resolve();
  });

  test("opens at its end, also where the one before was read at its beginning", async () => {
    const agent = await newAgent("Two stories");
    model.script = (_, answer) => answer.say(paragraphs(60));
    const first = await tested.platform.client.executions.create(agent.id, "The first story");
    await tested.platform.client.executions.create(agent.id, "The second story");
    await open(`/agents/${agent.id}?session=${first.sessionId}`);
    const end = page.getByText("Paragraph 60 of many.");
    await end.waitFor();
    await scroller().evaluate((element) => element.scrollTo({ top: 0 }));
    await page.getByRole("button", { name: "To the newest message" }).waitFor();
    await page.getByRole("link", { name: /^The second story/ }).click();
    await page.locator("ol").getByText("The second story").waitFor();
    await expect.poll(() => inSight(end), patience).toBe(true);
  });

  test("reads earlier messages without moving what is read, and says beside the button when it cannot", async () => {
    const agent = await newAgent("Old friend");
    const first = await tested.platform.client.executions.create(agent.id, "Question 1");
    for (let index = 2; index <= 30; index += 1) {
      await tested.platform.client.executions.create(agent.id, `Question ${index}`, {
        sessionId: first.sessionId,
      });
    }
    await open(`/agents/${agent.id}?session=${first.sessionId}`);
    const oldest = page.locator("ol").getByText("Question 11", { exact: true });
    await oldest.waitFor();
    await scroller().evaluate((element) => element.scrollTo({ top: 8 }));
    await page.getByRole("button", { name: "To the newest message" }).waitFor();
    const placeOf = async () => Math.round((await oldest.boundingBox())?.y ?? Number.NaN);
    const before = await placeOf();

    await page.route(/\/messages\?.*cursor=/, (route) => route.abort());
    await page.getByRole("button", { name: "Earlier messages" }).click();
    await page.getByRole("alert").getByText("Cannot reach Orrery").waitFor();
    await page.unroute(/\/messages\?.*cursor=/);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("ol").getByText("Question 1", { exact: true }).waitFor();
    await expect.poll(placeOf, patience).toBe(before);
  });

  test("gives the cursor back to where one writes once the answer was stopped", async () => {
    const agent = await newAgent("Interrupted");
    const never = Promise.withResolvers<void>();
    model.script = async (_, answer) => {
      answer.say("So far so good, ");
      await never.promise;
    };
    await open(`/agents/${agent.id}`);
    await say("Talk");
    await page.getByText("So far so good,").waitFor();
    await page.getByRole("button", { name: "Stop the answer" }).click();
    await page.getByText("Stopped", { exact: true }).first().waitFor();
    expect(await hasFocus(field())).toBe(true);
    never.resolve();

    await page.getByRole("button", { name: "Edit" }).click();
    expect(await field().inputValue()).toBe("Talk");
  });

  test("offers to try again where an answer failed, with what to do about it", async () => {
    const agent = await newAgent("Unset", { model: "openai/gpt-5.5" });
    await open(`/agents/${agent.id}`);
    await say("Hello?");
    const alerts = page.getByRole("alert");
    await alerts.getByText("Set the model up, or choose another one").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await expect.poll(() => page.getByText("Hello?", { exact: true }).count(), patience).toBeGreaterThan(2);
    await expect.poll(() => alerts.count(), patience).toBe(2);
    const { items } = await tested.platform.client.executions.list(agent.id);
    expect(items.map(({ input }) => input)).toEqual(["Hello?", "Hello?"]);
    // What failed before is past: only the last one can be tried again.
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(1);
  });

  test("names the model of an answer that failed after a reload, too", async () => {
    const agent = await newAgent("Broken");
    model.script = (_, answer) => {
      answer.say("So far, ");
      answer.breakOff();
    };
    await open(`/agents/${agent.id}`);
    await say("Go on");
    await page.getByRole("alert").waitFor();
    await page.waitForURL(/session=/);
    await page.reload();
    await page.getByRole("alert").waitFor();
    await page.locator("li").getByText("scripted/parrot").waitFor();
  });

  test("shows what is written where an answer points, there and on the execution's page", async () => {
    const { client } = tested.platform;
    const reader = await client.agents.create({ name: "Contracts reader", model: "offline/extract" });
    const execution = await client.executions.create(reader.id, "What is the penalty for a late delivery?", {
      attachments: [
        {
          name: "agreement.md",
          mediaType: "text/markdown",
          data: new TextEncoder().encode(supplierAgreement),
        },
      ],
    });
    const showsPassage = async (press: Locator) => {
      await press.click();
      const popover = page.getByRole("dialog", { name: /^Source \d/ });
      await popover.getByText(/^characters \d[\d,]* to \d[\d,]*$/).waitFor();
      expect(await popover.locator("mark").innerText()).toContain("contractual penalty of 0.5 %");
      expect(await popover.locator("blockquote").innerText()).toMatch(/Each shipment carries a packing list/);
      await page.keyboard.press("Escape");
      await popover.waitFor({ state: "detached" });
    };
    await open(`/agents/${reader.id}?session=${execution.sessionId}`);
    const sources = page.getByRole("list", { name: "Sources" });
    await showsPassage(sources.getByRole("button", { name: /^Source 1: agreement.md/ }));
    await showsPassage(
      page
        .locator("ol ul")
        .getByRole("button", { name: /^Source 1/ })
        .first(),
    );

    await open(`/executions/${execution.id}`);
    const output = page.getByRole("region", { name: "Output" });
    await showsPassage(output.getByRole("list", { name: "Sources" }).getByRole("button").first());
    expect(await output.innerText()).not.toContain("[agreement.md");
    expect(tested.complaints).toEqual([]);
  });

  test("keeps what is being written with the conversation it is for, through a reload", async () => {
    const agent = await newAgent("Patient");
    const { sessionId } = await tested.platform.client.executions.create(agent.id, "Hello");
    await open(`/agents/${agent.id}?session=${sessionId}`);
    await page.getByText("Hello.", { exact: true }).waitFor();
    await field().fill("Half a thought");
    await page.getByRole("link", { name: "New conversation" }).first().click();
    await page.getByRole("heading", { name: "Talk to Patient" }).waitFor();
    expect(await field().inputValue()).toBe("");
    await field().fill("Another one");
    await page.goBack();
    await page.getByText("Hello.", { exact: true }).waitFor();
    await expect.poll(() => field().inputValue(), patience).toBe("Half a thought");
    await page.reload();
    await expect.poll(() => field().inputValue(), patience).toBe("Half a thought");
    await page.getByRole("button", { name: "Send" }).click();
    await expect.poll(() => page.getByText("Hello.", { exact: true }).count(), patience).toBe(2);
    expect(await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)))).not.toContain(
      "Half a thought",
    );
  });

  test.each(["what was read", "the acceptance"])(
    "shows what is said while it is being read behind what was said before, and once, if %s comes last",
    async (last) => {
      const agent = await newAgent("Prompt");
      const { sessionId } = await tested.platform.client.executions.create(agent.id, "Good morning");
      const accepted = Promise.withResolvers<void>();
      const read = Promise.withResolvers<void>();
      const rest = Promise.withResolvers<void>();
      await page.route(/\/executions$/, async (route) => {
        const response = await route.fetch();
        accepted.resolve();
        if (last === "the acceptance") await rest.promise;
        await route.fulfill({ response });
      });
      await page.route(/\/messages\?/, async (route) => {
        if (last === "the acceptance") await accepted.promise;
        const response = await route.fetch();
        read.resolve();
        if (last === "what was read") await rest.promise;
        await route.fulfill({ response });
      });
      await open(`/agents/${agent.id}?session=${sessionId}`);
      if (last === "what was read") await read.promise;
      const first = page.waitForResponse(last === "what was read" ? /\/executions$/ : /\/messages\?/);
      await say("And good night");
      await first;
      const questions = page.locator("ol > li");
      await expect.poll(() => questions.count(), patience).toBe(1);
      rest.resolve();
      await expect.poll(() => questions.count(), patience).toBe(2);
      await expect.poll(() => page.getByText("Hello.", { exact: true }).count(), patience).toBe(2);
      expect(await questions.last().innerText()).toContain("And good night");
    },
  );

  test("leaves whoever has gone elsewhere there, once what they said is accepted", async () => {
    const agent = await newAgent("Left alone");
    const rest = Promise.withResolvers<void>();
    await page.route(/\/executions$/, async (route) => {
      await rest.promise;
      await route.continue();
    });
    await open(`/agents/${agent.id}`);
    await say("Take your time");
    await page.getByText("Take your time", { exact: true }).first().waitFor();
    const main = page.getByRole("navigation", { name: "Main" });
    await main.getByRole("link", { name: "Models" }).click();
    await page.getByRole("heading", { name: "Models", level: 1 }).waitFor();
    const visited: string[] = [];
    page.on("framenavigated", (frame) => visited.push(frame.url()));
    const listed = page.waitForResponse(/\/sessions\?/);
    rest.resolve();
    await listed;
    await main.getByRole("link", { name: "Usage" }).click();
    await page.getByRole("heading", { name: "Usage", level: 1 }).waitFor();
    expect(visited.map((address) => new URL(address).pathname)).toEqual(["/usage"]);
  });

  test("says beside what was written that it could not be sent, and keeps it", async () => {
    const agent = await newAgent("Unreached");
    await resize(page, 375, 812);
    await open(`/agents/${agent.id}`);
    await page.getByRole("heading", { name: "Talk to Unreached" }).waitFor();
    await page.route(/\/executions$/, (route) => route.abort());
    await say("Are you there?");
    await page.locator("form").getByRole("alert").getByText("Cannot reach Orrery").waitFor();
    expect(await field().inputValue()).toBe("Are you there?");
    expect(await page.locator("[data-sonner-toast]").count()).toBe(0);
    await page.unroute(/\/executions$/);
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Hello.", { exact: true }).waitFor();
    expect(await page.locator("form").getByRole("alert").count()).toBe(0);
  });

  test("takes no file that nobody could read, and says which can be", async () => {
    const agent = await newAgent("Picky");
    await open(`/agents/${agent.id}`);
    await page.getByRole("heading", { name: "Talk to Picky" }).waitFor();
    const attach = (name: string, mimeType: string) =>
      page.locator("input[type=file]").setInputFiles([{ name, mimeType, buffer: Buffer.from("abc") }]);
    await attach("offer.docx", "");
    await page.getByText("offer.docx cannot be read. Agents read PDF, Markdown").waitFor();
    await attach("notes.txt", "text/plain");
    await page.getByRole("button", { name: "Remove notes.txt" }).waitFor();
    expect(await page.getByRole("button", { name: "Remove offer.docx" }).count()).toBe(0);
  });

  test.each(["nonsense", "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87"])(
    "that does not exist, such as %s, takes nothing and says so",
    async (session) => {
      const agent = await newAgent("Firm");
      await open(`/agents/${agent.id}?session=${session}`);
      await page.getByRole("heading", { name: "This conversation does not exist" }).waitFor();
      expect(await field().isDisabled()).toBe(true);
      await page.getByRole("link", { name: "New conversation" }).last().click();
      await page.getByRole("heading", { name: "Talk to Firm" }).waitFor();
      expect(await field().isDisabled()).toBe(false);
    },
  );
});
