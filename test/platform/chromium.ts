import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const commands = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge"];

const applications = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * The path of a Chromium to drive: the one named in `CHROMIUM_PATH`, else the one that Playwright has
 * downloaded, else one of the system's. Null where there is none.
 */
export function findChromium(): string | null {
  const named = process.env["CHROMIUM_PATH"];
  if (named) return existsSync(named) ? named : null;
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = [
    chromium.executablePath(),
    ...folders.flatMap((folder) => commands.map((command) => join(folder, command))),
    ...applications,
  ];
  return candidates.find((path) => existsSync(path)) ?? null;
}

/** Why what needs a browser cannot run here; null where it can. */
export const chromiumMissing = (): string | null =>
  findChromium() === null ? "no Chromium was found; install one, or name it in CHROMIUM_PATH." : null;
