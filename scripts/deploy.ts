/**
 * `npm run deploy`: the platform on Cloudflare's network, with an account of your own. `docs/deploy.md`
 * explains it. With `-- --dry-run` everything is built and checked, and nothing leaves this machine.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LaunchError } from "@orrery/local";
import { ensureCredentials } from "../packages/cli/src/up/credentials.ts";
import { buildPlatform, findPlatform } from "../packages/cli/src/up/platform.ts";
import { askSecret } from "./deploying/ask-secret.ts";
import { DeployError, deploy } from "./deploying/deploy.ts";
import { wrangler } from "./deploying/wrangler.ts";
import { endOnSignals } from "./running/process.ts";

const { values: flags } = parseArgs({ options: { "dry-run": { type: "boolean", default: false } } });

async function main(): Promise<void> {
  const platform = findPlatform();
  const { worker } = await buildPlatform(platform, (part) => console.log(`Building the ${part}…`));
  console.log(`The worker has ${(worker.gzipBytes / 1024).toFixed(0)} KiB gzipped.`);
  if (flags["dry-run"]) {
    const { code } = await wrangler(["deploy", "--dry-run", "--minify", "--config", platform.config], {
      show: true,
    });
    process.exitCode = code;
    return;
  }

  // Apart from the state of this machine, which may be deleted to start afresh: secrets cannot be read back from there.
  const statePath = join(platform.root, ".orrery-cloudflare");
  const { signingKeySet } = await deploy({
    config: platform.config,
    wrangler,
    say: (line) => console.log(line),
    askSecret,
    keys: async () => {
      const { signingKey, keyEncryptionKey } = await ensureCredentials({ statePath });
      return { SIGNING_KEY: signingKey, KEY_ENCRYPTION_KEY: keyEncryptionKey };
    },
  });
  if (signingKeySet) {
    const { tokenPath } = await ensureCredentials({ statePath });
    console.log(`\nDeployed. The administrator's token is in ${tokenPath}:`);
    console.log(
      "open the address above with #token=… behind it, or give it to the command line as ORRERY_TOKEN.",
    );
  }
}

endOnSignals();
try {
  await main();
} catch (error) {
  if (!(error instanceof DeployError) && !(error instanceof LaunchError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
