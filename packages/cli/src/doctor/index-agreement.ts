import { ApiError, systemClock } from "@orrery/client";
import type { Clock, Index, IndexDifference, IndexReport } from "@orrery/client";
import { counted } from "../output/units.ts";
import { fail, ok, warn, type Check, type Finding } from "./check.ts";

/** Differences that are told one by one. */
const told = 5;

/** Milliseconds by which the index may follow behind the agents. */
const lagMs = 2_000;

const sameDifference = (one: IndexDifference, other: IndexDifference): boolean =>
  one.kind === other.kind && one.agentId === other.agentId && one.executionId === other.executionId;

/** What differs now and a moment later too: the rest was only on its way. */
async function lastingDifferences(
  index: Pick<Index, "check">,
  clock: Pick<Clock, "sleep">,
): Promise<IndexReport> {
  const first = await index.check();
  if (first.differences.length === 0) return first;
  await clock.sleep(lagMs);
  const second = await index.check();
  return {
    ...second,
    differences: second.differences.filter((later) =>
      first.differences.some((earlier) => sameDifference(earlier, later)),
    ),
  };
}

/** Whether the index agrees with the agents' own records; with `repair`, it is made to. */
export const indexAgreement = (options: { repair: boolean; clock?: Pick<Clock, "sleep"> }): Check => ({
  name: "index",
  needs: "token",
  async run({ client }): Promise<Finding[]> {
    try {
      const report = await (options.repair
        ? client.index.rebuild()
        : lastingDifferences(client.index, options.clock ?? systemClock));
      const looked = `${counted(report.checked, "agent")} looked at`;
      const { differences } = report;
      if (differences.length === 0) return [ok(`${looked}, no difference`)];
      if (options.repair) return [ok(`${looked}, ${counted(differences.length, "difference")} corrected`)];
      return [
        fail(
          `${looked}, ${counted(differences.length, "difference")}`,
          "Correct it: orrery doctor --reindex",
        ),
        ...differences
          .slice(0, told)
          .map(({ kind, agentId, executionId, detail }) =>
            warn(
              `${kind}: ${detail} (agent ${agentId}${executionId === undefined ? "" : `, execution ${executionId}`})`,
              "",
            ),
          ),
      ];
    } catch (error) {
      if (error instanceof ApiError && error.status === 403) {
        return [warn("not looked at: this token may not", "Use a token with the scope admin.")];
      }
      throw error;
    }
  },
});
