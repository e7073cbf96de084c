/** What the console shows while the platform is away, and when it comes back. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { resize, withoutBrowser } from "./support/browser.ts";
import { startScriptedModel, type ScriptedModel } from "./support/scripted-model.ts";
import { patience, testedConsole } from "./support/tested-console.ts";

describe.skipIf(withoutBrowser())("while the platform is away", () => {
  let model: ScriptedModel;
  beforeAll(async () => {
    model = await startScriptedModel("scripted", "parrot");
  });
  afterAll(() => model?.stop());

  const tested = testedConsole(() => ({ MODEL_SERVERS: model.servers }));
  const { open } = tested;
  let page: Page;
  let away = false;
  beforeEach(() => {
    ({ page } = tested);
  });
  afterEach(async () => {
    if (away) await comeBack();
  });

  async function goAway() {
    away = true;
    await tested.platform.kill();
    await page.getByText("Reconnecting", { exact: true }).waitFor();
  }

  async function comeBack() {
    await tested.platform.restart();
    away = false;
  }

  const go = (place: string) =>
    page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: place }).click();

  const live = async () => {
    await page.getByText("Live", { exact: true }).waitFor();
  };

  test("every page says so, and what is being answered is paused", async () => {
    const agent = await tested.platform.client.agents.create({
      name: "Survivor",
      model: "scripted/parrot",
      tools: [],
    });
    const never = Promise.withResolvers<void>();
    model.script = async (_, answer) => {
      answer.say("Once upon a time, ");
      await never.promise;
    };
    await open(`/agents/${agent.id}`);
    await page.getByLabel("Message to Survivor").fill("Tell me a story");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("Once upon a time,").waitFor();
    await live();
    await goAway();
    const notice = page.getByText("Connection lost. Reconnecting… Nothing is lost.");
    await notice.waitFor();
    await page.getByText("Paused until the connection is back").waitFor();
    await resize(page, 375, 812);
    expect(await notice.isVisible()).toBe(true);
    // The notice takes no room from where one writes.
    const composer = await page.getByLabel("Message to Survivor").boundingBox();
    expect((composer?.y ?? Number.NaN) + (composer?.height ?? 0)).toBeLessThan(812);
    await resize(page, 1440, 900);
    model.script = (_, answer) => answer.say("Once upon a time, it ended.");
    await comeBack();
    await live();
    await expect.poll(() => notice.count(), patience).toBe(0);
    never.resolve();
  });

  test("a page that had not been opened yet waits for it, and then opens by itself", async () => {
    await open("/agents");
    await live();
    await goAway();
    await go("Models");
    await page.getByRole("heading", { name: "Cannot reach Orrery" }).waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("Still no answer.").waitFor();
    await comeBack();
    await page.getByRole("heading", { name: "Models", level: 1 }).waitFor();
  });

  test("a page that could not be read is read again when it is back, without being asked", async () => {
    await open("/keys");
    await page.getByRole("heading", { name: "No keys yet" }).waitFor();
    await live();
    await go("Agents");
    await page.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
    await goAway();
    await go("Keys");
    await page.getByRole("region", { name: "Keys" }).getByText("Cannot reach Orrery").waitFor();
    await comeBack();
    await page.getByRole("heading", { name: "No keys yet" }).waitFor();
  });

  test("a version that was deployed meanwhile is taken up with the next link", async () => {
    await open("/agents");
    await live();
    await page.evaluate(() => Object.assign(globalThis, { sinceLoaded: true }));
    const sameLoad = () => page.evaluate(() => "sinceLoaded" in globalThis);
    await go("Usage");
    await page.getByRole("heading", { name: "Usage", level: 1 }).waitFor();
    expect(await sameLoad()).toBe(true);

    await page.route("**/_app/version.json", (route) => route.fulfill({ json: { version: "another" } }));
    const checked = page.waitForResponse("**/_app/version.json");
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    await checked;
    await expect
      .poll(async () => {
        await go("Agents");
        await page.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
        return sameLoad();
      }, patience)
      .toBe(false);
  });
});
