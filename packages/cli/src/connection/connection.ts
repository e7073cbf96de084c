import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { UsageError } from "../failure.ts";
import { startAdvice } from "../program-name.ts";
import type { Terminal } from "../terminal.ts";
import { runningInstance } from "./running-instance.ts";
import { findStateFolder, readToken, whyNotTrusted } from "./state-folder.ts";

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
  /** Why nothing was found to go to, and what to do, a line each: then `url` is a guess, to which nothing is sent. */
  nowhere?: string;
  /** Why the state folder's token was left out, in a sentence. */
  withheld?: string;
}

/** Whether an address names this very machine. */
export const isLoopback = (url: URL): boolean =>
  url.hostname === "localhost" || url.hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(url.hostname);

/**
 * Decides where to go and with which token. An option goes before the environment, and that before the state folder.
 *
 * A token goes only where it belongs: one that was given, to an address that was given; the state folder's own, to the
 * platform that runs on that folder. What a folder says counts only where nobody else could have written it, and while
 * the lock shows that its platform runs.
 * @throws UsageError an address or a token file that cannot be used, or a token without an address
 */
export function resolveConnection(terminal: Terminal, options: ConnectionOptions): Connection {
  const stateFolder = findStateFolder(terminal.cwd, terminal.env, options.state);
  const named = namedAddress(terminal.env, options);
  const given = givenToken(terminal, options);
  const place = named && { url: named.url.replace(/\/+$/, ""), urlSource: named.source, stateFolder };
  if (place !== undefined && given !== undefined) {
    return { ...place, token: given.token, tokenSource: given.source };
  }

  const folder = stateFolder === undefined ? undefined : platformOf(stateFolder);
  if (place !== undefined) {
    if (folder?.url !== undefined && isAddressOf(place.url, folder.url)) {
      return { ...place, url: folder.url, token: folder.token, tokenSource: folder.tokenSource };
    }
    const why = folder && (folder.url === undefined ? folder.why : `It is for ${folder.url}.`);
    const withheld = why && `The token in ${stateFolder} was not sent there. ${why}`;
    return { ...place, token: undefined, tokenSource: undefined, ...(withheld && { withheld }) };
  }

  if (given !== undefined) {
    const there = folder?.url === undefined ? "" : ` The one of ${stateFolder} is ${folder.url}.`;
    throw new UsageError(
      `${given.source} goes only to an address that is given too: set ORRERY_URL, or name one with --url.${there}`,
    );
  }
  if (folder?.url !== undefined) {
    return {
      url: folder.url,
      urlSource: `the instance in ${stateFolder}`,
      token: folder.token,
      tokenSource: folder.tokenSource,
      stateFolder,
    };
  }
  return {
    url: defaultUrl,
    urlSource: "the default address",
    token: undefined,
    tokenSource: undefined,
    stateFolder,
    nowhere:
      folder?.isStarting === true
        ? folder.why
        : `${folder?.why ?? "No platform was found from here."}\n${startAdvice}`,
  };
}

function namedAddress(
  env: Terminal["env"],
  options: ConnectionOptions,
): { url: string; source: string } | undefined {
  const [url, source] =
    options.url === undefined ? [env["ORRERY_URL"], "ORRERY_URL"] : [options.url, "--url"];
  if (url === undefined || (url === "" && source === "ORRERY_URL")) return undefined;
  if (!URL.canParse(url)) throw new UsageError(`${source} is not an address: ${url}`);
  const { protocol } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") {
    throw new UsageError(`${source} must begin with http:// or https://: ${url}`);
  }
  return { url, source };
}

function givenToken(
  { cwd, env }: Terminal,
  options: ConnectionOptions,
): { token: string; source: string } | undefined {
  if (options.tokenFile === undefined) {
    const token = env["ORRERY_TOKEN"]?.trim();
    return token ? { token, source: "ORRERY_TOKEN" } : undefined;
  }
  const path = resolve(cwd, options.tokenFile);
  const token = readToken(path);
  if (token === undefined) {
    throw new UsageError(existsSync(path) ? `${path} holds no token.` : `There is no file ${path}.`);
  }
  return { token, source: path };
}

/** The platform of a state folder: where it serves and its token, or why neither is to be used. */
type FolderPlatform =
  | { url: string; token: string | undefined; tokenSource: string | undefined }
  | { url?: undefined; why: string; isStarting?: true };

function platformOf(stateFolder: string): FolderPlatform {
  const distrust = whyNotTrusted(stateFolder);
  if (distrust !== undefined) return { why: distrust };
  const instance = runningInstance(stateFolder);
  if (instance === "unknown") {
    return {
      why: `Node.js ${process.versions.node} cannot tell whether a platform runs on ${stateFolder}: use 22.13 or newer, or give the address and a token.`,
    };
  }
  if (instance === null) return { why: `No platform runs on ${stateFolder}.` };
  if (instance.url === null) {
    return {
      why: `The platform on ${stateFolder} is still starting: try again in a moment.`,
      isStarting: true,
    };
  }
  const path = join(stateFolder, "token");
  const token = readToken(path);
  return { url: instance.url, token, tokenSource: token === undefined ? undefined : path };
}

/**
 * Whether an address is that of a platform; `localhost` is taken for the loopback address on which it listens, and for
 * no other, on whose port somebody else may be.
 */
function isAddressOf(named: string, platform: string): boolean {
  const [given, own] = [new URL(named), new URL(platform)];
  if (given.origin === own.origin) return true;
  return (
    given.hostname === "localhost" &&
    isLoopback(own) &&
    given.protocol === own.protocol &&
    given.port === own.port
  );
}
