import { OrreryError } from "@orrery/protocol";
import { z } from "zod";
import type { Tool } from "./contract.ts";

/**
 * What stands where a tool should be that could not be set up: a call of it fails and says why. Of a call from before
 * nothing is known.
 */
export const missingTool = (name: string, why: string): Tool => ({
  name,
  description: "Not available at present: do not call it.",
  effect: "once",
  inputSchema: { type: "object" },
  parse: (input) => z.unknown().safeParse(input),
  run: () => Promise.reject(new OrreryError("conflict", `${name} is not available: ${why}`)),
});
