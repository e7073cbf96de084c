import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { openBrowser, type Browser } from "./browser.ts";
import { startPlatform, type RunningPlatform } from "./platform.ts";

/** For what the page shows only after the platform has answered. */
export const patience = { timeout: 20_000 };

/** The console of a whole platform in a real browser. */
export interface TestedConsole {
  readonly platform: RunningPlatform;
  readonly browser: Browser;
  /** The present test's own. */
  readonly page: Page;
  /** What the page's scripts complained about; what the platform refuses shows there too. */
  readonly complaints: readonly string[];
  /** Goes to a path of the console, signed in. */
  readonly open: (path: string) => Promise<void>;
}

/**
 * Starts a platform and a browser for the tests of a `describe`, and gives each test a page.
 * @param variables settings of the platform, asked for when it starts
 */
export function testedConsole(variables: () => Record<string, string> = () => ({})): TestedConsole {
  let platform: RunningPlatform | undefined;
  let browser: Browser | undefined;
  let page: Page | undefined;
  let complaints: string[] = [];

  beforeAll(async () => {
    platform = await startPlatform(variables());
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });

  beforeEach(async () => {
    complaints = [];
    page = await started(browser).context.newPage();
    page.setDefaultTimeout(patience.timeout);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
  });

  afterEach(async () => {
    await page?.close();
  });

  return {
    get platform() {
      return started(platform);
    },
    get browser() {
      return started(browser);
    },
    get page() {
      return started(page);
    },
    get complaints() {
      return complaints;
    },
    open: async (path) => {
      await started(page).goto(started(platform).consoleUrl(path));
    },
  };
}

function started<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new Error("it is there once the tests run");
  return part;
}
