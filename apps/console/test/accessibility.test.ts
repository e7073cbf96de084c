/** Every page, in both themes, wide and narrow, has no serious barrier that axe can find. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requirement } from "../../../test/e2e/requirements.ts";
import { type Browser, openBrowser, resize, withoutBrowser } from "./support/browser.ts";
import { fillFuse, type DemoFuse } from "./support/demo-fuse.ts";
import { demoScript, fillWorkspace, type DemoWorkspace } from "./support/demo-workspace.ts";
import { startPlatform, type RunningPlatform } from "./support/platform.ts";
import { startScriptedModel, type ScriptedModel } from "./support/scripted-model.ts";

type Demo = DemoWorkspace & { fuse: DemoFuse };
type Scene = (demo: Demo) => string;

const pages: Record<string, Scene> = {
  "the list of agents": () => "/agents",
  "a new agent": () => "/agents/new",
  "an empty chat": ({ reader }) => `/agents/${reader.id}`,
  "a cited answer": ({ reader, readerSession }) => `/agents/${reader.id}?session=${readerSession}`,
  "an answer with tool calls": ({ analyst, analystSession }) =>
    `/agents/${analyst.id}?session=${analystSession}`,
  "an agent's documents": ({ reader }) => `/agents/${reader.id}/documents`,
  "an agent without documents": ({ analyst }) => `/agents/${analyst.id}/documents`,
  "an agent's executions": ({ reader }) => `/agents/${reader.id}/executions`,
  "an agent's settings": ({ reader }) => `/agents/${reader.id}/settings`,
  "the list of executions": () => "/executions",
  "an execution": ({ execution }) => `/executions/${execution}`,
  "a failed execution": ({ failed }) => `/executions/${failed}`,
  "an execution that another model took over": ({ handedOn }) => `/executions/${handedOn}`,
  "the models": () => "/models",
  "the workspace's policy": () => "/models/policy",
  "the playground": () => "/playground",
  "usage and budgets": () => "/usage",
  "the bridges": () => "/bridges",
  "a new bridge": () => "/bridges/new",
  "a bridge": ({ fuse }) => `/bridges/${fuse.bridgeId}`,
  "a bridge's messages": ({ fuse }) => `/bridges/${fuse.bridgeId}/messages`,
  "a bridge's dead letters": ({ fuse }) => `/bridges/${fuse.bridgeId}/dead-letters`,
  "a bridge's settings": ({ fuse }) => `/bridges/${fuse.bridgeId}/settings`,
  "the migration board": () => "/fuse",
  "an agent being registered": () => "/fuse/new",
  "an agent of the New Fuse": ({ fuse }) => `/fuse/${fuse.bridgeId}/${fuse.agent}`,
  "its tasks": ({ fuse }) => `/fuse/${fuse.bridgeId}/${fuse.agent}/tasks`,
  "what differs in shadow": ({ fuse }) => `/fuse/${fuse.bridgeId}/${fuse.shadowed}/differences`,
  "the keys": () => "/keys",
  "feature flags": () => "/settings/flags",
  access: () => "/settings",
  "a page that is not there": () => "/nowhere",
};

/** What opens on a page or above it, and how. */
const overlays: Record<
  string,
  {
    path: Scene;
    open: (page: Page) => Promise<void>;
    /** What is there then, with its name where the page has others of its kind. */
    role: "dialog" | "menu" | "listbox" | "table" | "list";
    name?: string;
  }
> = {
  "the search": { path: () => "/agents", open: (page) => page.keyboard.press("Control+k"), role: "dialog" },
  "the model picker": {
    path: () => "/agents/new",
    open: (page) => page.getByRole("combobox", { name: "Model" }).click(),
    role: "dialog",
  },
  "a choice of statuses": {
    path: () => "/executions",
    open: (page) => page.getByLabel(/^Status/).click(),
    role: "listbox",
  },
  "an agent's menu": {
    path: () => "/agents",
    open: (page) =>
      page
        .getByRole("button", { name: /^Actions for/ })
        .first()
        .click(),
    role: "menu",
  },
  "files that could not be added": {
    path: ({ reader }) => `/agents/${reader.id}/documents`,
    open: async (page) => {
      await page.locator("input[type=file]").setInputFiles([
        { name: "minutes.docx", mimeType: "", buffer: Buffer.from("PK") },
        { name: "empty.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) },
      ]);
      await page.getByText("2 files could not be added").waitFor();
    },
    role: "list",
  },
  "the deletion of a document": {
    path: ({ reader }) => `/agents/${reader.id}/documents`,
    open: (page) => page.getByRole("button", { name: "Delete price-list.csv" }).click(),
    role: "dialog",
  },
  "the deletion of an agent": {
    path: ({ reader }) => `/agents/${reader.id}/settings`,
    open: (page) => page.getByRole("button", { name: "Delete…" }).click(),
    role: "dialog",
  },
  "a model policy": {
    path: ({ writer }) => `/agents/${writer.id}/settings`,
    open: async (page) => {
      await page.locator("summary", { hasText: "Model policy" }).click();
      await page.locator("summary", { hasText: "Advanced" }).click();
      await page.getByLabel("Name of label 1").waitFor();
    },
    role: "list",
    name: "Fallbacks, in order",
  },
  "a cited passage": {
    path: ({ reader, readerSession }) => `/agents/${reader.id}?session=${readerSession}`,
    open: (page) => page.getByRole("list", { name: "Sources" }).first().getByRole("button").first().click(),
    role: "dialog",
  },
  "a form that one is about to leave": {
    path: () => "/agents/new",
    open: async (page) => {
      await page.getByLabel("Name", { exact: true }).fill("Half an agent");
      await page.getByRole("link", { name: "Cancel" }).click();
    },
    role: "dialog",
  },
  "two answers side by side": {
    path: () => "/playground?model=auto:cheap&with=openai/gpt-6.1-sol",
    open: async (page) => {
      await page.getByLabel("Prompt").fill("What does a lens do?");
      await page.getByRole("button", { name: "Ask both" }).click();
      await page.getByRole("alert").waitFor();
      await page.getByText("Why this model").first().click();
    },
    role: "table",
  },
  "a new budget": {
    path: () => "/usage",
    open: (page) => page.getByRole("button", { name: "New budget" }).click(),
    role: "dialog",
  },
  "a move on the board": {
    path: () => "/fuse",
    open: async (page) => {
      await page.getByRole("button", { name: "Actions for planner" }).click();
      await page.getByRole("menuitem", { name: "Move to Canary…" }).click();
    },
    role: "dialog",
  },
  "an import of agents": {
    path: () => "/fuse",
    open: (page) => page.getByRole("button", { name: "Import agents" }).click(),
    role: "dialog",
  },
  "a peer's new key": {
    path: () => "/keys",
    open: async (page) => {
      await page.getByRole("button", { name: "New key" }).click();
      await page.getByLabel("Holder: This workspace").click();
      await page.getByRole("option", { name: "A peer" }).click();
    },
    role: "dialog",
  },
  "the end of the workspace key": {
    path: () => "/keys",
    open: (page) => page.getByRole("button", { name: "Destroy…" }).click(),
    role: "dialog",
  },
  "a new token": {
    path: () => "/settings",
    open: (page) => page.getByRole("button", { name: "New token" }).first().click(),
    role: "dialog",
  },
};

const views = [
  { theme: "light", width: 1440 },
  { theme: "light", width: 375 },
  { theme: "dark", width: 375 },
  { theme: "dark", width: 1440 },
] as const;

describe.skipIf(withoutBrowser())(requirement("accessible"), () => {
  let model: ScriptedModel;
  let platform: RunningPlatform;
  let demo: Demo;
  let browser: Browser;

  beforeAll(async () => {
    model = await startScriptedModel("ollama", "llama3.2");
    model.script = demoScript();
    platform = await startPlatform({ MODEL_SERVERS: model.servers });
    const workspace = await fillWorkspace(platform.client);
    demo = { ...workspace, fuse: await fillFuse(platform.client, "ollama/llama3.2") };
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
    await demo?.fuse.stop();
    await model?.stop();
  });

  async function visit(address: string): Promise<Page> {
    const page = await browser.context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(address);
    await page.waitForLoadState("networkidle");
    await page.locator("main").waitFor();
    await expect
      .poll(() => page.locator("[role=status][aria-label^=Loading]").count(), { timeout: 20_000 })
      .toBe(0);
    return page;
  }

  /** What axe finds serious, and whether the page is wider than its window, in each view. */
  /** Resolves when the page is drawn as it is going to stay: colours on their way to others have a contrast of their own. */
  async function settled(page: Page): Promise<void> {
    await page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const moving = () =>
        document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
      do {
        await Promise.allSettled(moving().map(({ finished }) => finished));
        await frame();
        await frame();
      } while (moving().length > 0);
    });
  }

  async function barriers(page: Page): Promise<string[]> {
    const found: string[] = [];
    for (const { theme, width } of views) {
      const view = `${theme}, ${width} pixels`;
      await resize(page, width, 900);
      await page.emulateMedia({ colorScheme: theme });
      await page.locator(theme === "dark" ? "html.dark" : "html:not(.dark)").waitFor();
      await settled(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const { id, impact, nodes } of violations) {
        if (impact !== "serious" && impact !== "critical") continue;
        found.push(`${view}: ${id}: ${nodes.map(({ html }) => html).join("\n")}`);
      }
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      if (wide) found.push(`${view}: wider than its window`);
    }
    return found;
  }

  test("the sign-in page", async () => {
    const page = await visit(platform.url);
    await page.getByRole("heading", { name: "Sign in with a token" }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.close();
  });

  test.each(Object.entries(pages))("%s", async (_, path) => {
    const page = await visit(platform.consoleUrl(path(demo)));
    expect(await barriers(page)).toEqual([]);
    await page.close();
  });

  test.each(Object.entries(overlays))("%s", async (_, { path, open, role, name }) => {
    const page = await visit(platform.consoleUrl(path(demo)));
    await open(page);
    await page
      .getByRole(role, name === undefined ? {} : { name })
      .first()
      .waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.close();
  });
});
