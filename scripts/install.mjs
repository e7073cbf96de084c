/**
 * Makes sure that what the lockfile asks for is installed; runs before `npm start`, `npm test` and
 * `npm run check`. Plain JavaScript without dependencies, for any Node.js from 20 on: it is what runs
 * before there is anything else. Two at once wait for each other; nothing is ever asked for on stdin.
 *
 *   node scripts/install.mjs                   packages from npm
 *   node scripts/install.mjs --with-browser    and Chromium and redis-server, which some tests use
 */
import { spawnSync } from "node:child_process";
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
  await holdingLock(() => {
    // Another one may have done it while this one waited.
    if (isInstalled(wanted)) return;
    say(existsSync(modules) ? "The lockfile has changed: installing packages…" : "Installing packages…");
    const started = Date.now();
    npmInstall();
    checkBroughtNode();
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

function npmInstall() {
  // `npm ci` begins by removing everything; what is there already is only brought to what is wanted.
  if (existsSync(modules)) {
    const update = npm("install", "--no-save");
    if (update.ok) return;
    throw failure("npm install", update.output);
  }
  const exact = npm("ci");
  if (exact.ok) return;
  // The lockfile does not hold all that package.json asks for, as after a merge: what it holds is kept.
  if (/\bEUSAGE\b/.test(exact.output)) {
    say("The lockfile does not fit package.json; installing by both…");
    const loose = npm("install", "--no-save");
    if (loose.ok) return;
    throw failure("npm install", loose.output);
  }
  throw failure("npm ci", exact.output);
}

function npm(command, ...flags) {
  const result = spawnSync("npm", [command, ...flags, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    // A command file on Windows, which only a shell can start.
    shell: windows,
    env: { ...process.env, CI: "true" },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error) throw new InstallError(`npm cannot be started: ${result.error.message}`);
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}`.trim() };
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
function checkBroughtNode() {
  const { status, stdout } = spawnSync(broughtNode(), ["--version"], { encoding: "utf8", shell: windows });
  const version = /^v(\d+)\./.exec(stdout ?? "");
  if (status === 0 && version !== null && Number(version[1]) >= leastNode) return;
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
  const stale = 10 * 60 * 1000;
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
  try {
    writeFileSync(join(lock, "pid"), String(process.pid));
    utimesSync(lock, new Date(), new Date());
    return work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
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
  const missing = [
    { name: "chromium", part: "browser tests", found: hasChromium },
    { name: "redis-server", part: "tests against Redis", found: () => onPath("redis-server") },
  ].filter(({ found }) => !found());
  if (missing.length === 0) return;
  if (canUseApt()) {
    await holdingLock(() => {
      const wanted = missing.filter(({ found }) => !found()).map(({ name }) => name);
      if (wanted.length === 0) return;
      say(`Installing ${wanted.join(" and ")} for the tests…`);
      // One that does not work is reported below, as missing.
      apt(["update", "-qq"]);
      apt(["install", "-y", "-qq", "--no-install-recommends", ...wanted]);
    });
  }
  for (const { name, part, found } of missing) {
    if (!found()) say(`There is no ${name} on this machine: ${part} will be skipped.`);
  }
}

function canUseApt() {
  return process.platform === "linux" && process.getuid?.() === 0 && onPath("apt-get");
}

function apt(args) {
  spawnSync("apt-get", args, {
    stdio: "ignore",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    timeout: 10 * 60 * 1000,
  });
}

function hasChromium() {
  if (process.env.CHROMIUM_PATH) return existsSync(process.env.CHROMIUM_PATH);
  const commands = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "microsoft-edge",
  ];
  const applications = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  ];
  return commands.some(onPath) || applications.some((path) => existsSync(path));
}

function onPath(command) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.some(
    (folder) => folder !== "" && existsSync(join(folder, windows ? `${command}.exe` : command)),
  );
}
