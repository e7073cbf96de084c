import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stateVersion } from "../up/state-version.ts";
import { fail, type Finding } from "./check.ts";

/** The layout of a state folder that the launcher of this version writes. */
export const knownLayout = 1;

/** Whether this version could start on a folder: nothing where it could, or where nothing was started there yet. */
export function format(folder: string): Finding[] {
  const path = join(folder, "version.json");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    return [fail(`${path} cannot be read`, "Make it readable by whoever runs the platform.")];
  }
  const found = parse(text);
  if (found === undefined) {
    return [
      fail(
        `${path} is damaged: it does not say which version wrote the folder`,
        'The platform does not start on it. Put back what stood there, such as {"layout":1,"state":1}, or use another folder.',
      ),
    ];
  }
  if (found.layout <= knownLayout && found.state <= stateVersion) return [];
  return [
    fail(`${folder} was written by a newer version of Orrery`, "Update this one, or use another folder."),
  ];
}

function parse(text: string): { layout: number; state: number } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
    const { layout, state } = value as Partial<Record<string, unknown>>;
    return Number.isInteger(layout) && Number.isInteger(state)
      ? { layout: Number(layout), state: Number(state) }
      : undefined;
  } catch {
    return undefined;
  }
}
