/** The Node.js versions on which packages are tried. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root, run } from "../running/process.ts";

export interface Node {
  file: string;
  /** Such as `20.20.2`. */
  version: string;
}

/** The one that runs this, and the one of this machine where that is another. */
export async function nodesHere(): Promise<Node[]> {
  const own: Node = { file: process.execPath, version: process.versions.node };
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const others = folders.filter((folder) => folder !== "" && !`${folder}/`.includes("/node_modules/"));
  const file = others.map((folder) => join(folder, "node")).find((path) => existsSync(path));
  if (file === undefined || file.startsWith(root)) return [own];
  const { code, output } = await run({ file, args: ["--version"], timeout: 10_000 });
  const version = output.trim().replace(/^v/, "");
  return code !== 0 || version === own.version ? [own] : [{ file, version }, own];
}
