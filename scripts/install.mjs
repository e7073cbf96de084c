/**
 * Makes sure that what the lockfile asks for is installed; runs before `npm start`, `npm test` and
 * `npm run check`. Plain JavaScript without dependencies, for any Node.js from 20 on: it is what runs
 * before there is anything else. Two at once wait for each other; nothing is ever asked for on stdin.
 *
 *   node scripts/install.mjs                   packages from npm
 *   node scripts/install.mjs --with-browser    and Chromium and redis-server, which some tests use
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildClientPackages, clientPackagesBuilt } from "./client-packages.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const note = join(modules, ".orrery-installed");
const lock = join(root, ".install-lock");
const windows = process.platform === "win32";

/** What is skipped where a program of the system is missing. */
const testsWith = { chromium: "browser tests", "redis-server": "tests against Redis" };

/** The least version of Node.js that the platform itself runs on; npm brings it. */
const leastNode = 22;

const say = (text) => process.stderr.write(`${text}\n`);

class InstallError extends Error {}

try {
  checkNode();
  await installPackages();
  await buildForPrograms();
  if (process.argv.includes("--with-browser")) await installForTests();
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

function checkNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20)
    throw new InstallError(`Orrery needs Node.js 20 or newer; this is ${process.versions.node}.`);
}

async function installPackages() {
  const wanted = digest();
  if (isInstalled(wanted)) return;
  await holdingLock(async () => {
    // Another one may have done it while this one waited.
    if (isInstalled(wanted)) return;
    say(existsSync(modules) ? "The lockfile has changed: installing packages…" : "Installing packages…");
    const started = Date.now();
    await npmInstall();
    await checkBroughtNode();
    writeFileSync(note, wanted);
    say(`Packages installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
  });
}

/** What a program in this clone imports by its package's name is what was built. */
async function buildForPrograms() {
  if (clientPackagesBuilt()) return;
  await holdingLock(() => {
    if (clientPackagesBuilt()) return;
    try {
      buildClientPackages();
    } catch (error) {
      throw new InstallError(error.message);
    }
  });
}

/** What is wanted: the lockfile, and the platform, since some packages are made for one. */
function digest() {
  const lockfile = readFileSync(join(root, "package-lock.json"));
  return createHash("sha256").update(lockfile).update(`${process.platform}-${process.arch}`).digest("hex");
}

function isInstalled(wanted) {
  if (!existsSync(note) || !existsSync(broughtNode())) return false;
  return readFileSync(note, "utf8") === wanted;
}

async function npmInstall() {
  // `npm ci` begins by removing everything; what is there already is only brought to what is wanted.
  if (existsSync(modules)) {
    const update = await npm("install", "--no-save");
    if (update.ok) return;
    throw failure("npm install", update.output);
  }
  const exact = await npm("ci");
  if (exact.ok) return;
  // The lockfile does not hold all that package.json asks for, as after a merge: what it holds is kept.
  if (/\bEUSAGE\b/.test(exact.output)) {
    say("The lockfile does not fit package.json; installing by both…");
    const loose = await npm("install", "--no-save");
    if (loose.ok) return;
    throw failure("npm install", loose.output);
  }
  throw failure("npm ci", exact.output);
}

async function npm(command, ...flags) {
  const args = [command, ...flags, "--no-audit", "--no-fund", "--loglevel=error"];
  const result = await run("npm", args, { env: { ...process.env, CI: "true" } });
  if (result.error) throw new InstallError(`npm cannot be started: ${result.error.message}`);
  return result;
}

/** Runs a command to its end. Never rejects: `error` says why one could not be started. */
function run(command, args, options = {}) {
  return new Promise((resolve) => {
    // Command files on Windows can only be started by a shell.
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      shell: windows,
      ...options,
    });
    let output = "";
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.once("error", (error) => resolve({ ok: false, output, error }));
    child.once("close", (code) => resolve({ ok: code === 0, output: output.trim() }));
  });
}

function failure(command, output) {
  const unreachable =
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/.test(output);
  const why = unreachable
    ? "The npm registry cannot be reached. Packages are installed once, with the network on; after that Orrery starts without it."
    : `${command} failed.`;
  const said = output.split("\n");
  return new InstallError([why, "", ...said.slice(0, 20), ...(said.length > 20 ? ["…"] : [])].join("\n"));
}

function broughtNode() {
  return join(modules, ".bin", windows ? "node.cmd" : "node");
}

/** The packages bring their own Node.js, so that the one on the machine may be older. */
async function checkBroughtNode() {
  const { ok, output } = await run(broughtNode(), ["--version"]);
  const version = /^v(\d+)\./.exec(output);
  if (ok && version !== null && Number(version[1]) >= leastNode) return;
  throw new InstallError(
    `The Node.js that npm should have installed (node_modules/.bin/node) does not run or is older than ${leastNode}. ` +
      "Its install script may have been switched off: npm config get ignore-scripts",
  );
}

/**
 * Runs `work` while no other process does. A directory is made by one of two at once only; its time is kept fresh, so one
 * that is old belongs to a process that was killed.
 */
async function holdingLock(work) {
  const fresh = 10 * 1000;
  const stale = 2 * 60 * 1000;
  for (let waited = false; ; waited = true) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const stat = statSync(lock, { throwIfNoEntry: false });
    const owner = ownerOf(lock);
    if (stat !== undefined && (Date.now() - stat.mtimeMs > stale || (owner !== null && !isAlive(owner)))) {
      rmSync(lock, { recursive: true, force: true });
      continue;
    }
    if (!waited) say("Another installation is running; waiting for it…");
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  writeFileSync(join(lock, "pid"), String(process.pid));
  const freshen = setInterval(() => {
    if (ownerOf(lock) === process.pid) utimesSync(lock, new Date(), new Date());
  }, fresh);
  try {
    await work();
  } finally {
    clearInterval(freshen);
    if (ownerOf(lock) === process.pid) rmSync(lock, { recursive: true, force: true });
  }
}

function ownerOf(directory) {
  const path = join(directory, "pid");
  if (!existsSync(path)) return null;
  const pid = Number(readFileSync(path, "utf8"));
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

async function installForTests() {
  if ((await missingPrograms()).length === 0) return;
  if (canUseApt()) {
    await holdingLock(async () => {
      const wanted = await missingPrograms();
      if (wanted.length === 0) return;
      say(`Installing ${wanted.join(" and ")} for the tests…`);
      // One that does not work is reported below, as missing; apart, since one that apt does not know fails all.
      await apt("update", "-qq");
      for (const name of wanted) await apt("install", "-y", "-qq", "--no-install-recommends", name);
    });
  }
  for (const name of await missingPrograms()) {
    say(`There is no ${name} on this machine: ${testsWith[name]} will be skipped.`);
  }
}

/** Looked for as the tests look for them. */
async function missingPrograms() {
  const { ok, output } = await run(broughtNode(), ["scripts/missing-programs.ts"]);
  if (!ok) throw new InstallError(`What the tests need cannot be looked for:\n${output}`);
  return output.split("\n").filter(Boolean);
}

function canUseApt() {
  return process.platform === "linux" && process.getuid?.() === 0 && onPath("apt-get");
}

async function apt(...args) {
  await run("apt-get", args, {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    timeout: 10 * 60 * 1000,
  });
}

function onPath(command) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.some(
    (folder) => folder !== "" && existsSync(join(folder, windows ? `${command}.exe` : command)),
  );
}
