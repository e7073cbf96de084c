/** The parts of `npm test`: each is a Vitest project of the root's configuration, or a program. */
import { chromiumMissing } from "../../test/platform/chromium.ts";
import { redisMissing } from "../../test/platform/redis-server.ts";

export interface TestPart {
  name: string;
  /**
   * `first`: starts no process of the platform and uses all cores by itself. `paired`: mostly waits, so two
   * run at once. `alone`: last, one at a time, since people's patience is measured in it.
   */
  turn: "first" | "paired" | "alone";
  /** Milliseconds after which the part is stopped and counts as failed: three times what it takes on two quiet cores. */
  timeout: number;
  /** A program that ends with the line `N passed, N failed`, instead of a Vitest project. */
  command?: readonly string[];
  /** What this machine lacks for it, and what to do; null when it can run. */
  missing?: () => string | null;
}

const minutes = (count: number): number => count * 60_000;

/** In the order in which they start: what fails quickly comes first, what takes long is not left for the end. */
export const testParts: readonly TestPart[] = [
  { name: "unit", turn: "first", timeout: minutes(6) },
  { name: "console", turn: "first", timeout: minutes(3) },
  { name: "workerd", turn: "first", timeout: minutes(10) },
  { name: "kill", turn: "paired", timeout: minutes(15), command: ["scripts/kill.ts", "--trials", "25"] },
  {
    name: "faults",
    turn: "paired",
    timeout: minutes(15),
    command: ["scripts/kill.ts", "--suite", "fuse", "--trials", "20"],
    missing: redisMissing,
  },
  { name: "fuse", turn: "paired", timeout: minutes(20), missing: redisMissing },
  // Counts barriers, not seconds: it need not have the machine for itself.
  { name: "accessible", turn: "paired", timeout: minutes(15), missing: chromiumMissing },
  { name: "local", turn: "paired", timeout: minutes(8) },
  { name: "cli", turn: "paired", timeout: minutes(8) },
  { name: "e2e", turn: "paired", timeout: minutes(12) },
  { name: "docs", turn: "paired", timeout: minutes(12) },
  { name: "browser", turn: "alone", timeout: minutes(20), missing: chromiumMissing },
];
