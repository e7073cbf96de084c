import { Option, defineCommand } from "../command.ts";
import { CommandFailure, explain } from "../failure.ts";
import { printable } from "../output/text.ts";
import { asTyped } from "../program-name.ts";
import type { Session } from "../session.ts";
import { bridges } from "./bridges.ts";
import type { Check, CheckStatus, Finding } from "./check.ts";
import { clock } from "./clock.ts";
import { dependencies } from "./dependencies.ts";
import { indexAgreement } from "./index-agreement.ts";
import { nodeVersion } from "./node-version.ts";
import { providers } from "./providers.ts";
import { reach } from "./reach.ts";
import { state } from "./state.ts";
import { tokenAccepted } from "./token.ts";
import { versionMatch } from "./version-match.ts";

interface Options {
  reindex?: true;
}

export const doctor = defineCommand<[], Options>({
  name: "doctor",
  summary: "check the platform and what it stands on, and say what to do",
  description:
    "Checks Node.js, the state folder and its permissions, the address, bindings, versions, the token, model providers, " +
    "bridges to Redis, the clock, and the index against the agents' own records. Fails when any check does.",
  options: [new Option("--reindex", "make the index agree with the agents' own records")],
  examples: [
    ["orrery doctor", "why does it not work?"],
    ["orrery doctor --reindex", "mend the lists of agents and executions"],
  ],
  worksAlone: true,
  async run(session, options) {
    const found = await examine(session, [
      nodeVersion,
      state,
      reach,
      dependencies,
      versionMatch,
      clock,
      tokenAccepted,
      providers,
      bridges,
      indexAgreement({ repair: options.reindex === true }),
    ]);
    const failed = found.filter(({ status }) => status === "fail").length;
    if (session.json) session.show({ ok: failed === 0, checks: found }, () => "");
    if (failed > 0) throw new CommandFailure(`${failed} of ${found.length} checks failed.`);
  },
});

type Result = Finding & { name: string };

/** Runs the checks in order and tells of each at once. What a failed one makes pointless is left out. */
async function examine(session: Session, checks: readonly Check[]): Promise<Result[]> {
  const results: Result[] = [];
  const missing = new Set<Check["needs"]>();
  for (const check of checks) {
    if (missing.has(check.needs) || (check.needs === "token" && missing.has("platform"))) continue;
    const findings = await outcomeOf(check, session);
    const isFailed = findings.some(({ status }) => status === "fail");
    if (isFailed && check.name === "address") missing.add("platform");
    if (isFailed && check.name === "token") missing.add("token");
    for (const finding of findings) {
      results.push({ name: check.name, ...finding });
      if (!session.json) session.write(line(check.name, finding, session));
    }
  }
  return results;
}

async function outcomeOf(check: Check, session: Session): Promise<Finding[]> {
  try {
    return await check.run(session);
  } catch (error) {
    const [detail = "", ...advice] = explain(error, session.connection).lines;
    return [{ status: "fail", detail, ...(advice.length > 0 && { advice: advice.join(" ") }) }];
  }
}

function line(name: string, { status, detail, advice }: Finding, { style }: Session): string {
  const marks: Record<CheckStatus, string> = {
    ok: style.green("✓"),
    warn: style.yellow("!"),
    fail: style.red("✗"),
  };
  const hint = advice ? `\n${" ".repeat(13)}${style.dim(asTyped(advice))}` : "";
  return `${marks[status]} ${name.padEnd(10)} ${printable(detail)}${hint}\n`;
}
