import { ok, warn, type Check } from "./check.ts";
import { version } from "../version.ts";

/** Whether command and platform are of one version. */
export const versionMatch: Check = {
  name: "version",
  needs: "platform",
  async run({ connection }) {
    const response = await fetch(`${connection.url}/openapi.json`, { signal: AbortSignal.timeout(10_000) });
    const description = (await response.json()) as { info?: { version?: string } };
    const theirs = description.info?.version;
    if (theirs === version) return [ok(version)];
    return [
      warn(
        `this command is ${version}, the platform ${theirs ?? "does not say"}`,
        "Update the older of the two; what only the newer one knows is refused.",
      ),
    ];
  },
};
