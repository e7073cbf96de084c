/**
 * `npm run screenshots`: every page of the console in both themes, at 1440 and 375 pixels, from a
 * platform of its own with contents made through the API. Pictures go to `docs/screenshots/`; of these
 * only the README's are kept in the repository.
 *
 *   npm run screenshots -- --only chat --only agents
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { openBrowser } from "../apps/console/test/support/browser.ts";
import { fillFuse, type DemoFuse } from "../apps/console/test/support/demo-fuse.ts";
import { demoScript, fillWorkspace } from "../apps/console/test/support/demo-workspace.ts";
import type { DemoWorkspace } from "../apps/console/test/support/demo-workspace.ts";
import { findChromium } from "../test/platform/chromium.ts";
import { startPlatform } from "../apps/console/test/support/platform.ts";
import { startScriptedModel } from "../apps/console/test/support/scripted-model.ts";

type Demo = DemoWorkspace & { fuse: DemoFuse };

interface Scene {
  name: string;
  path: (demo: Demo) => string;
  /** What is done before the picture is taken. */
  prepare?: (page: Page) => Promise<void>;
  signedOut?: true;
  /** Whether the picture shows the whole page and not just what fits the window. */
  whole?: true;
  /** Whether the README shows it. */
  readme?: true;
}

/** The README's pictures, which the repository keeps. */
const readmePictures = { light: "console", dark: "console-dark" };

const scenes: Scene[] = [
  { name: "sign-in", path: () => "/", signedOut: true },
  { name: "agents", path: () => "/agents" },
  {
    name: "agents-none-match",
    path: () => "/agents",
    prepare: async (page) => {
      await page.getByLabel("Search by name or id").fill("zeppelin");
      await page.getByText("No matching agents").waitFor();
    },
  },
  { name: "agent-new", path: () => "/agents/new" },
  {
    name: "agent-new-invalid",
    path: () => "/agents/new",
    prepare: async (page) => {
      await page.getByLabel("Temperature").last().fill("3");
      await page.getByRole("button", { name: "Create agent" }).click();
      await page.getByText("Give the agent a name.").waitFor();
    },
  },
  {
    name: "model-picker",
    path: () => "/agents/new",
    prepare: async (page) => {
      await page.getByRole("combobox", { name: "Model" }).click();
      await page.getByPlaceholder("Find a model").waitFor();
    },
  },
  { name: "chat-new", path: ({ reader }) => `/agents/${reader.id}` },
  {
    name: "chat",
    path: ({ reader, readerSession }) => `/agents/${reader.id}?session=${readerSession}`,
    prepare: (page) => page.getByLabel("Sources").first().waitFor(),
    readme: true,
  },
  {
    name: "chat-language-model",
    path: ({ analyst, analystSession }) => `/agents/${analyst.id}?session=${analystSession}`,
    prepare: async (page) => {
      await page.locator("summary", { hasText: "calculate" }).click();
      await page.getByRole("group", { name: "Output" }).waitFor();
    },
  },
  { name: "agent-documents", path: ({ reader }) => `/agents/${reader.id}/documents` },
  { name: "agent-documents-none", path: ({ analyst }) => `/agents/${analyst.id}/documents` },
  {
    name: "agent-documents-refused",
    path: ({ reader }) => `/agents/${reader.id}/documents`,
    prepare: async (page) => {
      // What can be read stays on its way.
      await page.evaluate(() => {
        const { fetch } = globalThis;
        globalThis.fetch = (input, init) =>
          init?.method === "POST" ? new Promise(() => undefined) : fetch(input, init);
      });
      await page.locator("input[type=file]").setInputFiles([
        { name: "minutes-of-november.docx", mimeType: "", buffer: Buffer.from("PK") },
        { name: "drawing-HO-20.png", mimeType: "image/png", buffer: Buffer.from("PNG") },
        { name: "annex-a-drawings.md", mimeType: "text/markdown", buffer: Buffer.alloc(48_000, "a ") },
      ]);
      await page.getByText("Adding a document…").waitFor();
    },
  },
  {
    name: "agent-document-delete",
    path: ({ reader }) => `/agents/${reader.id}/documents`,
    prepare: async (page) => {
      await page.getByRole("button", { name: "Delete price-list.csv" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "agent-executions", path: ({ reader }) => `/agents/${reader.id}/executions` },
  { name: "agent-settings", path: ({ analyst }) => `/agents/${analyst.id}/settings` },
  {
    name: "agent-delete",
    path: ({ analyst }) => `/agents/${analyst.id}/settings`,
    prepare: async (page) => {
      await page.getByRole("button", { name: "Delete…" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "executions", path: () => "/executions" },
  { name: "execution", path: ({ execution }) => `/executions/${execution}` },
  { name: "execution-failed", path: ({ failed }) => `/executions/${failed}` },
  { name: "execution-handed-on", path: ({ handedOn }) => `/executions/${handedOn}`, whole: true },
  {
    name: "agent-policy",
    path: ({ writer }) => `/agents/${writer.id}/settings`,
    prepare: async (page) => {
      const policy = page.locator("summary", { hasText: "Model policy" });
      await policy.click();
      await policy.evaluate((summary) => summary.scrollIntoView());
    },
  },
  { name: "models", path: () => "/models" },
  { name: "workspace-policy", path: () => "/models/policy", whole: true },
  { name: "playground", path: () => "/playground" },
  {
    name: "playground-answers",
    path: () => "/playground?model=auto:cheap&with=ollama/llama3.2",
    prepare: async (page) => {
      await page.getByLabel("Prompt").fill("Write a letter about our lenses.");
      await page.getByRole("button", { name: "Ask both" }).click();
      await page.getByRole("button", { name: "Ask both" }).waitFor();
      await page.getByText("Why this model").first().click();
    },
    whole: true,
  },
  { name: "usage", path: () => "/usage", whole: true },
  {
    name: "budget-new",
    path: () => "/usage",
    prepare: async (page) => {
      await page.getByRole("button", { name: "New budget" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "bridges", path: () => "/bridges" },
  { name: "bridge-new", path: () => "/bridges/new", whole: true },
  {
    name: "bridge",
    path: ({ fuse }) => `/bridges/${fuse.bridgeId}`,
    prepare: (page) => page.getByRole("list", { name: "Channels" }).waitFor(),
  },
  {
    name: "bridge-messages",
    path: ({ fuse }) => `/bridges/${fuse.bridgeId}/messages`,
    prepare: (page) => page.locator("main summary").nth(2).click(),
  },
  {
    name: "bridge-dead-letters",
    path: ({ fuse }) => `/bridges/${fuse.bridgeId}/dead-letters`,
    prepare: (page) => page.locator("main summary").first().click(),
  },
  { name: "bridge-settings", path: ({ fuse }) => `/bridges/${fuse.bridgeId}/settings` },
  { name: "fuse-board", path: () => "/fuse", whole: true },
  {
    name: "fuse-move",
    path: () => "/fuse",
    prepare: async (page) => {
      await page.getByRole("button", { name: "Actions for planner" }).click();
      await page.getByRole("menuitem", { name: "Move to Canary…" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "fuse-register", path: () => "/fuse/new", whole: true },
  { name: "fuse-agent", path: ({ fuse }) => `/fuse/${fuse.bridgeId}/${fuse.agent}` },
  { name: "fuse-tasks", path: ({ fuse }) => `/fuse/${fuse.bridgeId}/${fuse.agent}/tasks` },
  { name: "fuse-differences", path: ({ fuse }) => `/fuse/${fuse.bridgeId}/${fuse.shadowed}/differences` },
  { name: "keys", path: () => "/keys", whole: true },
  {
    name: "key-new",
    path: () => "/keys",
    prepare: async (page) => {
      await page.getByRole("button", { name: "New key" }).click();
      await page.getByRole("dialog").waitFor();
    },
  },
  { name: "access", path: () => "/settings" },
  { name: "flags", path: () => "/settings/flags" },
  {
    name: "token-new",
    path: () => "/settings",
    prepare: async (page) => {
      await page.getByRole("button", { name: "New token" }).first().click();
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    name: "search",
    path: () => "/agents",
    prepare: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("dialog").getByText("Contracts reader").waitFor();
    },
  },
  { name: "not-found", path: () => "/nowhere" },
];

const directory = fileURLToPath(new URL("../docs/screenshots/", import.meta.url));
const { values: flags } = parseArgs({
  options: { only: { type: "string", multiple: true, default: [] } },
});

if (findChromium() === null) {
  console.error("No Chromium was found: name one in CHROMIUM_PATH.");
  process.exit(1);
}

await mkdir(directory, { recursive: true });
const model = await startScriptedModel("ollama", "llama3.2");
model.script = demoScript(() => setTimeout(14));
const platform = await startPlatform({ MODEL_SERVERS: model.servers });
let fuse: DemoFuse | undefined;
try {
  const workspace = await fillWorkspace(platform.client);
  fuse = await fillFuse(platform.client, "ollama/llama3.2");
  const demo: Demo = { ...workspace, fuse };
  for (const theme of ["light", "dark"] as const) {
    for (const [width, height] of [
      [1440, 900],
      [375, 812],
    ] as const) {
      const browser = await openBrowser({ width, height, theme });
      try {
        for (const scene of scenes) {
          if (flags.only.length > 0 && !flags.only.includes(scene.name)) continue;
          const page = await browser.context.newPage();
          await page.goto(
            scene.signedOut ? platform.url + scene.path(demo) : platform.consoleUrl(scene.path(demo)),
          );
          await page.waitForLoadState("networkidle");
          await scene.prepare?.(page);
          await page.evaluate(() => document.fonts.ready);
          // What sticks to the window's top would else lie over the middle of the page.
          if (scene.whole) await page.evaluate(() => scrollTo(0, 0));
          const name =
            scene.readme && width === 1440 ? readmePictures[theme] : `${scene.name}-${width}-${theme}`;
          await page.screenshot({ path: join(directory, `${name}.png`), fullPage: scene.whole ?? false });
          await page.evaluate(() => {
            localStorage.clear();
            sessionStorage.clear();
          });
          await page.close();
        }
      } finally {
        await browser.close();
      }
    }
  }
} finally {
  await platform.stop();
  await fuse?.stop();
  await model.stop();
}
console.log(`Pictures are in ${directory}`);
