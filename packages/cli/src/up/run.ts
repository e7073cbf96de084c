import { join, relative } from "node:path";
import { LaunchError, connectKeeper, findModelServers, launch, stopOnSignals } from "@orrery/local";
import type { LogSink } from "@orrery/local";
import { CommandFailure } from "../failure.ts";
import { ensureCredentials } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import { countRunning, farewell } from "./farewell.ts";
import { greet } from "./greeting.ts";
import type { Stranger } from "./greeting.ts";
import type { Note } from "./note.ts";
import { openInBrowser, openPagePath, removeOpenPage, writeOpenPage } from "./open-page.ts";
import { buildPlatform, findPlatform } from "./platform.ts";
import type { Platform } from "./platform.ts";
import { processLog } from "./process-log.ts";
import { configuredServers, readSettings, withModelServers, withWorkersAI } from "./settings.ts";
import type { Settings } from "./settings.ts";
import { shortcomingsOf } from "./shortcomings.ts";
import { localStatePath } from "./state-path.ts";
import { stateVersion } from "./state-version.ts";

/** Unless set otherwise, agents leave memory this soon: a quarter of a second covers a program that goes on asking. */
const restMs = "250";

export interface UpOptions {
  host: string;
  port: number;
  state?: string;
  env?: string;
  /** Another name of the same. */
  envFile?: string;
  open: boolean;
  json: boolean;
}

/**
 * Starts the platform and prints where it is. Resolves when it serves, and a signal ends it; or leaves it to the keeper
 * that has started this process, and does not come back.
 * @throws CommandFailure in words for the person who asked
 */
export async function runUp(options: UpOptions): Promise<void> {
  try {
    await start(options);
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    throw new CommandFailure(`${error.message}${advice(error, options)}`);
  }
}

async function start(options: UpOptions): Promise<void> {
  const began = performance.now();
  const colour = process.stdout.isTTY && !process.env["NO_COLOR"];
  const platform = findPlatform();
  const statePath = localStatePath(options.state);
  const log = processLog();
  const keeper = connectKeeper();

  const settings = settingsOf(platform, options);
  const strangers: Stranger[] = [];
  // By itself: what follows keeps the process busy, and a server's answer would seem late.
  const found = await findModelServers({
    notOwnedBy: ["orrery"],
    onStranger: ({ name, port }, uid) => void strangers.push({ name, port, uid }),
  });
  const configured = configuredServers(settings);
  // One that was set by hand goes before one of the same name that was found.
  const servers = found.filter(({ name }) => !configured.some((server) => server.name === name));
  const workersAI = withWorkersAI(settings, servers);
  const { worker } = await buildPlatform(platform, (part) => process.stderr.write(`Building the ${part}…\n`));
  // Made only by who holds the state: a second start must not replace the token of a running one.
  const credentials = Promise.withResolvers<Credentials>();
  let parked: number | null = null;
  const launching = launch({
    config: platform.config,
    bundle: { directory: worker.directory, main: worker.main },
    statePath,
    stateVersion,
    host: options.host,
    port: options.port,
    // Measured: less stays resident than with V8's own 16 MB, and turns cost less than with 1 MB (decision 0021).
    runtimeFlags: ["--max-semi-space-size=4"],
    networks: {
      MODEL_NETWORK: ["public", "private"],
      PUBLIC_NETWORK: ["public"],
      // Where clouds answer machines about themselves, nobody's Redis is.
      BRIDGE_NETWORK: {
        allow: ["public", "private"],
        deny: ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128"],
      },
    },
    bindings: async () => {
      credentials.resolve(await credentialsFor(statePath, settings));
      const { signingKey, keyEncryptionKey } = await credentials.promise;
      return {
        AGENT_REST_MS: restMs,
        // Nobody stands in front, so what a caller says of its address is its own word.
        CLIENT_ADDRESS_HEADER: "",
        // Whoever has the machine is who makes bridges, and has Redis on it or beside it.
        BRIDGE_HOSTS: "public,private,loopback",
        ...withModelServers(workersAI.settings, servers),
        SIGNING_KEY: signingKey,
        KEY_ENCRYPTION_KEY: keyEncryptionKey,
      };
    },
    ai: workersAI.ai,
    log,
    ...(keeper !== null && { keeper }),
    drain: async () => {
      removeOpenPage(openPagePath(statePath), "now");
      parked = await countRunning((await launching).url, (await credentials.promise).token);
    },
  });
  if (keeper === null) {
    stopOnSignals(launching, {
      onSignal: () => process.stderr.write("\nStopping…\n"),
      onStopped: () => process.stderr.write(farewell(parked)),
    });
  }
  const launched = await launching;
  reportMigrations(launched.migrated, log);
  const { token, tokenPath } = await credentials.promise;

  const { url, networkUrls } = launched;
  const shortcomings = await shortcomingsOf(url);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ url, networkUrls, statePath, tokenPath, shortcomings })}\n`);
  } else {
    process.stdout.write(
      greet({
        url,
        networkUrls,
        token,
        tokenPath: shortPath(tokenPath),
        elsewhere: statePath === localStatePath(undefined, {}) ? null : statePath,
        servers,
        configured,
        strangers,
        shortcomings,
        providers: providersOf(settings),
        startedIn: performance.now() - began,
        colour,
      }),
    );
  }
  if (options.open) open(statePath, `${url}/#token=${token}`, log);
  const note: Note = { token, openPage: options.open ? openPagePath(statePath) : null };
  if (keeper !== null) await launched.handOver(note);
  if (options.open) removeOpenPage(openPagePath(statePath), "soon");
}

function open(statePath: string, url: string, log: LogSink): void {
  openInBrowser(writeOpenPage(statePath, url), (reason) => {
    log({ level: "warn", source: "runtime", message: `No browser was opened: ${reason}` });
  });
}

const credentialsFor = (statePath: string, settings: Settings): Promise<Credentials> =>
  ensureCredentials({
    statePath,
    signingKey: settings.SIGNING_KEY,
    keyEncryptionKey: settings.KEY_ENCRYPTION_KEY,
    issuer: settings.JWT_ISSUER,
    audience: settings.JWT_AUDIENCE,
  });

const settingsOf = (platform: Platform, { envFile, env = envFile }: UpOptions): Settings =>
  readSettings(
    process.env,
    env === undefined
      ? [".env", "apps/worker/.dev.vars"].map((path) => ({
          path: join(platform.root, path),
          required: false,
        }))
      : [{ path: env, required: true }],
  );

function providersOf(settings: Settings): string[] {
  const keys = {
    openai: "OPENAI_API_KEY",
    anthropic: "ANTHROPIC_API_KEY",
    google: "GOOGLE_API_KEY",
  } as const;
  return Object.entries(keys)
    .filter(([, key]) => settings[key] !== undefined)
    .map(([provider]) => provider);
}

/** What the person can do about it, beside what is wrong. */
function advice({ code }: LaunchError, options: UpOptions): string {
  if (code === "port_taken") {
    const other = options.port < 65_535 ? options.port + 1 : 8787;
    return `\nChoose another one with --port, for example: npm start -- --port ${other}`;
  }
  if (code === "state_held") {
    return "\nStop it first, or keep this one's state elsewhere: npm start -- --state <directory>";
  }
  return "";
}

function reportMigrations(names: readonly string[], log: LogSink): void {
  if (names.length === 0) return;
  log({ level: "info", source: "runtime", message: `Database migrated: ${names.join(", ")}` });
}

/** Relative to where the person is, where that is shorter. */
function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") || short.length > path.length ? path : short;
}
