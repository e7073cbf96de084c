/** Putting the platform on Cloudflare: what it needs there is made first, then the worker goes up. */
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { applyEdits, modify } from "jsonc-parser";
import { z } from "zod";
import { readWranglerConfig } from "@orrery/local";
import type { Wrangler } from "./wrangler.ts";

/** Why a deployment stopped, in words for the person at the terminal. */
export class DeployError extends Error {
  override readonly name = "DeployError";
}

type KeyName = "SIGNING_KEY" | "KEY_ENCRYPTION_KEY";

export interface DeployOptions {
  /** Path of the worker's Wrangler configuration, which is not changed. */
  config: string;
  wrangler: Wrangler;
  say: (line: string) => void;
  /** Asks for a secret that the deployed worker does not have yet; an empty answer leaves it out. */
  askSecret: (name: string, what: string) => Promise<string>;
  /** Gives what tokens are signed with and data is sealed with, for a worker that lacks either. */
  keys: () => Promise<Readonly<Record<KeyName, string>>>;
}

/** Secrets that a person may want to give, by name. */
const optionalSecrets: readonly (readonly [name: string, what: string])[] = [
  ["OPENAI_API_KEY", "for openai/… models"],
  ["ANTHROPIC_API_KEY", "for anthropic/… models"],
  ["GOOGLE_API_KEY", "for google/… models"],
];

/**
 * Creates the databases and buckets that are missing, applies migrations, and deploys with secrets.
 * Every step finds out what is there already, so that a deployment that stopped can simply be run again.
 * @throws DeployError
 */
export async function deploy(options: DeployOptions): Promise<{ signingKeySet: boolean }> {
  const { wrangler, say } = options;
  if ((await wrangler(["whoami", "--json"])).code !== 0) {
    throw new DeployError(
      "Wrangler is not logged in to Cloudflare. Run: npx wrangler login\nWithout a browser, set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID instead.",
    );
  }
  const config = await readWranglerConfig(options.config);
  const databases = config.d1_databases.map(({ database_name, binding }) => database_name ?? binding);
  const ids: string[] = [];
  for (const name of databases) ids.push(await ensureDatabase(name, wrangler, say));
  for (const { bucket_name, binding } of config.r2_buckets) {
    await ensureBucket(bucket_name ?? binding, wrangler, say);
  }

  const drafted = draftConfig(options.config, ids);
  const secretsPath = join(dirname(options.config), "wrangler.deploy.secrets.json");
  const removeDrafts = (): void => {
    rmSync(drafted, { force: true });
    rmSync(secretsPath, { force: true });
  };
  process.once("exit", removeDrafts);
  try {
    for (const name of databases) {
      await must(wrangler, ["d1", "migrations", "apply", name, "--remote", "--config", drafted]);
    }
    const { secrets, signingKeySet } = await gatherSecrets(drafted, options);
    const deployment = ["deploy", "--minify", "--config", drafted];
    if (Object.keys(secrets).length > 0) {
      writeFileSync(secretsPath, JSON.stringify(secrets), { mode: 0o600 });
      chmodSync(secretsPath, 0o600);
      deployment.push("--secrets-file", secretsPath);
    }
    await must(wrangler, deployment);
    return { signingKeySet };
  } finally {
    process.removeListener("exit", removeDrafts);
    removeDrafts();
  }
}

const Databases = z.array(z.object({ name: z.string(), uuid: z.string() }));

async function databaseId(name: string, wrangler: Wrangler): Promise<string | undefined> {
  const { code, stdout } = await wrangler(["d1", "list", "--json"]);
  if (code !== 0) throw new DeployError("The account's D1 databases cannot be listed.");
  return Databases.parse(JSON.parse(stdout)).find((database) => database.name === name)?.uuid;
}

async function ensureDatabase(
  name: string,
  wrangler: Wrangler,
  say: (line: string) => void,
): Promise<string> {
  const found = await databaseId(name, wrangler);
  if (found !== undefined) return found;
  say(`Creating the D1 database ${name}…`);
  if ((await wrangler(["d1", "create", name, "--update-config=false"])).code !== 0) {
    throw new DeployError(`The D1 database ${name} could not be created.`);
  }
  const created = await databaseId(name, wrangler);
  if (created === undefined)
    throw new DeployError(`The D1 database ${name} was created and cannot be found.`);
  return created;
}

async function ensureBucket(name: string, wrangler: Wrangler, say: (line: string) => void): Promise<void> {
  if ((await wrangler(["r2", "bucket", "info", name, "--json"])).code === 0) return;
  say(`Creating the R2 bucket ${name}…`);
  if ((await wrangler(["r2", "bucket", "create", name, "--update-config=false"])).code !== 0) {
    throw new DeployError(
      `The R2 bucket ${name} could not be created. R2 has to be turned on for an account once, in Cloudflare's dashboard.`,
    );
  }
}

/** The configuration with the account's ids, beside the real one for as long as the deployment takes. */
function draftConfig(path: string, databaseIds: readonly string[]): string {
  let text = readFileSync(path, "utf8");
  for (const [index, id] of databaseIds.entries()) {
    text = applyEdits(text, modify(text, ["d1_databases", index, "database_id"], id, {}));
  }
  const drafted = join(dirname(path), "wrangler.deploy.jsonc");
  writeFileSync(drafted, text);
  return drafted;
}

const Secrets = z.array(z.object({ name: z.string() }));

async function gatherSecrets(
  config: string,
  { wrangler, askSecret, keys }: DeployOptions,
): Promise<{ secrets: Record<string, string>; signingKeySet: boolean }> {
  const present = await presentSecrets(config, wrangler);
  const secrets: Record<string, string> = {};
  const missing = (["SIGNING_KEY", "KEY_ENCRYPTION_KEY"] as const).filter((name) => !present.has(name));
  const made = missing.length > 0 ? await keys() : undefined;
  for (const name of missing) if (made) secrets[name] = made[name];
  for (const [name, what] of optionalSecrets) {
    if (present.has(name)) continue;
    const value = await askSecret(name, what);
    if (value !== "") secrets[name] = value;
  }
  return { secrets, signingKeySet: !present.has("SIGNING_KEY") };
}

/** Names of the secrets that the worker has: none, where it was not deployed yet. */
async function presentSecrets(config: string, wrangler: Wrangler): Promise<Set<string>> {
  const { code, stdout, stderr } = await wrangler(["secret", "list", "--format", "json", "--config", config]);
  if (code === 0) return new Set(Secrets.parse(JSON.parse(stdout)).map(({ name }) => name));
  if (/Worker ".*".* not found/.test(stderr)) return new Set();
  // To take a worker for one without keys would replace them, and with them all that they sealed.
  throw new DeployError(`The worker's secrets cannot be listed, so nothing was deployed:\n${stderr.trim()}`);
}

async function must(wrangler: Wrangler, args: readonly string[]): Promise<void> {
  const { code } = await wrangler(args, { show: true });
  if (code !== 0) throw new DeployError(`wrangler ${args.slice(0, 3).join(" ")} failed; see above.`);
}
