import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { UsageError } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import { findStateFolder, readToken, runningInstance } from "./state-folder.ts";

/** Where the platform serves unless something says otherwise. */
export const defaultUrl = "http://127.0.0.1:8787";

export interface ConnectionOptions {
  url?: string;
  tokenFile?: string;
  state?: string;
}

/** How the platform is addressed, and by what that was decided. */
export interface Connection {
  url: string;
  urlSource: string;
  token: string | undefined;
  /** Undefined where there is no token. */
  tokenSource: string | undefined;
  stateFolder: string | undefined;
}

/** Whether an address names this very machine. */
export const isLoopback = (url: URL): boolean =>
  url.hostname === "localhost" || url.hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(url.hostname);

/**
 * Decides where to go and with which token. For each, an option goes before the environment, and that
 * before the state folder. The state folder's token opens this machine's platform and is sent to
 * loopback addresses only.
 * @throws UsageError an address or a token file that cannot be used
 */
export function resolveConnection(terminal: Terminal, options: ConnectionOptions): Connection {
  const { cwd, env } = terminal;
  const stateFolder = findStateFolder(cwd, env, options.state);
  const { url, urlSource } = resolveUrl(env, stateFolder, options);
  let address: URL;
  try {
    address = new URL(url);
  } catch {
    throw new UsageError(`${urlSource} is not an address: ${url}`);
  }
  if (address.protocol !== "http:" && address.protocol !== "https:") {
    throw new UsageError(`${urlSource} must begin with http:// or https://: ${url}`);
  }
  const place = { url: url.replace(/\/+$/, ""), urlSource, stateFolder };

  if (options.tokenFile !== undefined) {
    const path = resolve(cwd, options.tokenFile);
    const token = readToken(path);
    if (token === undefined) {
      throw new UsageError(existsSync(path) ? `${path} holds no token.` : `There is no file ${path}.`);
    }
    return { ...place, token, tokenSource: path };
  }
  const fromEnv = env["ORRERY_TOKEN"]?.trim();
  if (fromEnv) return { ...place, token: fromEnv, tokenSource: "ORRERY_TOKEN" };
  if (stateFolder !== undefined && isLoopback(address)) {
    const path = join(stateFolder, "token");
    const token = readToken(path);
    if (token !== undefined) return { ...place, token, tokenSource: path };
  }
  return { ...place, token: undefined, tokenSource: undefined };
}

function resolveUrl(
  env: Terminal["env"],
  stateFolder: string | undefined,
  options: ConnectionOptions,
): { url: string; urlSource: string } {
  if (options.url !== undefined) return { url: options.url, urlSource: "--url" };
  const fromEnv = env["ORRERY_URL"];
  if (fromEnv) return { url: fromEnv, urlSource: "ORRERY_URL" };
  const instance = stateFolder === undefined ? undefined : runningInstance(stateFolder);
  if (instance !== undefined) return { url: instance.url, urlSource: `the instance in ${stateFolder}` };
  return { url: defaultUrl, urlSource: "the default address" };
}
