import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { findChromium } from "../../../../test/platform/chromium.ts";

const chromiumPath = findChromium();

/** Whether tests that need a browser are left out; says so in one line where they are. */
export function withoutBrowser(): boolean {
  if (chromiumPath === null) {
    process.stderr.write("Skipped: no Chromium was found. Name one in CHROMIUM_PATH.\n");
  }
  return chromiumPath === null;
}

export type Theme = "light" | "dark";

export interface BrowserOptions {
  width?: number;
  height?: number;
  theme?: Theme;
}

export interface Browser {
  context: BrowserContext;
  /** Ends it and removes its profile. */
  close(): Promise<void>;
}

/** A browser with an empty profile of its own. */
export async function openBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "orrery-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    ...(chromiumPath !== null && { executablePath: chromiumPath }),
    headless: true,
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    colorScheme: options.theme ?? "light",
    reducedMotion: "reduce",
    locale: "en-US",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return {
    context,
    close: async () => {
      await context.close();
      // Chromium's last processes may still write as it goes.
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** Gives a page a size, in pixels, and waits until it is laid out for that. */
export async function resize(page: Page, width: number, height: number): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.waitForFunction((size) => innerWidth === size.width && innerHeight === size.height, {
    width,
    height,
  });
}
