import { createInterface } from "node:readline/promises";
import { Interrupted, UsageError } from "./failure.ts";
import { Option } from "./command.ts";
import type { Session } from "./session.ts";

export const yesOption = (): Option => new Option("-y, --yes", "do not ask");

/**
 * Asks before something that cannot be undone. Resolves to whether to go on.
 * @throws UsageError nobody can be asked, and `--yes` was not given
 */
export async function confirm(
  session: Session,
  question: string,
  isSure: boolean | undefined,
): Promise<boolean> {
  if (isSure === true) return true;
  const { stdin, stderr } = session.terminal;
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new UsageError(`${question} Give --yes, since nobody can be asked here.`);
  }
  const readline = createInterface({ input: stdin, output: stderr });
  const interrupted = new AbortController();
  readline.on("SIGINT", () => interrupted.abort());
  readline.on("close", () => interrupted.abort());
  try {
    const answer = await readline.question(`${question} [y/N] `, { signal: interrupted.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (interrupted.signal.aborted) throw new Interrupted();
    throw error;
  } finally {
    readline.close();
  }
}
