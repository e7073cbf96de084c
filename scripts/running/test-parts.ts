/** The parts of `npm test`: each is a Vitest project of the root's configuration, or a program. */
import { findChromium } from "./chromium.ts";

export interface TestPart {
  name: string;
  /** Starts no process of the platform; runs first. */
  quick: boolean;
  /** Milliseconds after which the part is stopped and counts as failed. */
  timeout: number;
  /** A program that ends with the line `N passed, N failed`, instead of a Vitest project. */
  command?: readonly string[];
  /** What this machine lacks for it, and what to do; null when it can run. */
  missing?: () => string | null;
}

const minutes = (count: number): number => count * 60_000;

/** In the order in which they start: what fails quickly comes first, what takes long is not left for the end. */
export const testParts: readonly TestPart[] = [
  { name: "unit", quick: true, timeout: minutes(4) },
  { name: "console", quick: true, timeout: minutes(3) },
  { name: "workerd", quick: true, timeout: minutes(6) },
  { name: "kill", quick: false, timeout: minutes(15), command: ["scripts/kill.ts", "--trials", "25"] },
  { name: "local", quick: false, timeout: minutes(8) },
  { name: "cli", quick: false, timeout: minutes(8) },
  { name: "e2e", quick: false, timeout: minutes(12) },
  {
    name: "browser",
    quick: false,
    timeout: minutes(10),
    missing: () =>
      findChromium() === null ? "no Chromium was found; install one, or name it in CHROMIUM_PATH." : null,
  },
  { name: "docs", quick: false, timeout: minutes(10) },
];
