/** Every page, in both themes, wide and narrow, has no serious barrier that axe can find. */
import AxeBuilder from "@axe-core/playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, openBrowser, type Browser } from "./support/browser.ts";
import { demoScript, fillWorkspace, type DemoWorkspace } from "./support/demo-workspace.ts";
import { startPlatform, type RunningPlatform } from "./support/platform.ts";
import { startScriptedModel, type ScriptedModel } from "./support/scripted-model.ts";

if (!chromiumPath) console.warn("Skipped: no Chromium was found. Name one in CHROMIUM_PATH.");

const pages: Record<string, (demo: DemoWorkspace) => string> = {
  "the list of agents": () => "/agents",
  "a new agent": () => "/agents/new",
  "an empty chat": ({ reader }) => `/agents/${reader.id}`,
  "a cited answer": ({ reader, readerSession }) => `/agents/${reader.id}?session=${readerSession}`,
  "an answer with tool calls": ({ analyst, analystSession }) =>
    `/agents/${analyst.id}?session=${analystSession}`,
  "an agent's executions": ({ reader }) => `/agents/${reader.id}/executions`,
  "an agent's settings": ({ reader }) => `/agents/${reader.id}/settings`,
  "the list of executions": () => "/executions",
  "an execution": ({ execution }) => `/executions/${execution}`,
  "a failed execution": ({ failed }) => `/executions/${failed}`,
  "the models": () => "/models",
  access: () => "/settings",
  "a page that is not there": () => "/nowhere",
};

const views = [
  { theme: "light", width: 1440 },
  { theme: "dark", width: 1440 },
  { theme: "light", width: 375 },
  { theme: "dark", width: 375 },
] as const;

describe.skipIf(!chromiumPath)("accessibility", () => {
  let model: ScriptedModel;
  let platform: RunningPlatform;
  let demo: DemoWorkspace;

  beforeAll(async () => {
    model = await startScriptedModel("ollama", "llama3.2");
    model.script = demoScript();
    platform = await startPlatform({ MODEL_SERVERS: model.servers });
    demo = await fillWorkspace(platform.client);
  });

  afterAll(async () => {
    await platform?.stop();
    await model?.stop();
  });

  describe.each(views)("$theme, $width pixels wide", ({ theme, width }) => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await openBrowser({ theme, width, height: 900 });
    });

    afterAll(() => browser?.close());

    const visit = async (address: string) => {
      const page = await browser.context.newPage();
      await page.goto(address);
      await page.waitForLoadState("networkidle");
      const { violations } = await new AxeBuilder({ page }).analyze();
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      await page.close();
      return {
        serious: violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`),
        wide,
      };
    };

    test("the sign-in page", async () => {
      expect(await visit(platform.url)).toEqual({ serious: [], wide: false });
    });

    test.each(Object.entries(pages))("%s", async (_, path) => {
      expect(await visit(platform.consoleUrl(path(demo)))).toEqual({ serious: [], wide: false });
    });
  });
});
