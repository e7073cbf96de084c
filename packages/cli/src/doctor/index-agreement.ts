import { ApiError } from "@orrery/client";
import { counted } from "../output/units.ts";
import { fail, ok, warn, type Check, type Finding } from "./check.ts";

/** Differences that are told one by one. */
const told = 5;

/** Whether the index agrees with the agents' own records; with `repair`, it is made to. */
export const indexAgreement = (options: { repair: boolean }): Check => ({
  name: "index",
  needs: "token",
  async run({ client }): Promise<Finding[]> {
    try {
      const report = await (options.repair ? client.index.rebuild() : client.index.check());
      const looked = `${counted(report.checked, "agent")} looked at`;
      const { differences } = report;
      if (differences.length === 0) return [ok(`${looked}, no difference`)];
      if (options.repair) return [ok(`${looked}, ${counted(differences.length, "difference")} mended`)];
      return [
        fail(`${looked}, ${counted(differences.length, "difference")}`, "Mend it: orrery doctor --reindex"),
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
