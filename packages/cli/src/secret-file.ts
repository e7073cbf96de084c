import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { UsageError } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

/**
 * What a file says, or standard input for `-`: secrets do not belong on a command line, which others can list.
 * Editors and `echo` end a file with a line break that is no part of it.
 * @throws UsageError it cannot be read, or holds nothing
 */
export async function readSecretFile(path: string, terminal: Terminal): Promise<string> {
  const said = await readWhole(path, terminal);
  const secret = said.replace(/\r?\n$/, "");
  if (secret === "") throw new UsageError(`${path === "-" ? "Standard input" : path} holds nothing.`);
  return secret;
}

async function readWhole(path: string, terminal: Terminal): Promise<string> {
  if (path === "-") return text(terminal.stdin);
  try {
    return readFileSync(resolve(terminal.cwd, path), "utf8");
  } catch {
    throw new UsageError(`Cannot read ${path}.`);
  }
}
