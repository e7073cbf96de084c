import { ok, warn, type Check } from "./check.ts";
import { version } from "../version.ts";

/** The major version of the HTTP contract that this command speaks. */
const contract = 1;

/** Whether command and platform speak the same contract. */
export const versionMatch: Check = {
  name: "version",
  needs: "platform",
  async run({ connection }) {
    const response = await fetch(`${connection.url}/openapi.json`, { signal: AbortSignal.timeout(10_000) });
    const description = (await response.json()) as { info?: { version?: string } };
    const theirs = description.info?.version;
    const detail = `orrery ${version}, the platform's API ${theirs ?? "without a version"}`;
    return Number(theirs?.split(".")[0]) === contract
      ? [ok(detail)]
      : [
          warn(
            detail,
            `This command speaks version ${contract} of the API: use the command of that platform's release.`,
          ),
        ];
  },
};
