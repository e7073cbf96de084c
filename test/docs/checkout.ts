/** A fresh checkout and a terminal in it, as someone who follows a page has them. */
import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { withoutSettings } from "../platform/environment.ts";

/** State, builds, and the settings of whoever runs the tests. */
const leftOut =
  /^(?:node_modules|\.git|\.orrery(?:-cloudflare)?|\.wrangler|\.svelte-kit|\.cache|\.env(?!\.example).*|\.dev\.vars.*)$/;
/** What builds write beside what npm has installed: a copy that shared it would write into the original. */
const written = new Set(["$app", ".vite", ".vite-temp", ".cache"]);

export interface Ran {
  code: number;
  output: string;
}

export class Checkout {
  readonly path: string;
  readonly #variables: string;

  /** Copies the working tree at `root` without its state; what npm has installed is linked. */
  constructor(root: string) {
    const folder = mkdtempSync(join(tmpdir(), "orrery-docs-"));
    this.path = join(folder, "orrery");
    this.#variables = join(folder, "variables.sh");
    writeFileSync(this.#variables, "");
    cpSync(root, this.path, { recursive: true, filter: (path) => !leftOut.test(basename(path)) });
    for (const modules of globSync(["node_modules", "{apps,packages}/*/node_modules"], { cwd: root })) {
      linkModules(join(root, modules), join(this.path, modules));
    }
  }

  /**
   * Runs a block of commands as one terminal would: later blocks see the variables that earlier ones set.
   * `installed` makes the packages' own commands known, as when they are installed globally.
   */
  run(script: string, { timeout, installed }: { timeout: number; installed: boolean }): Promise<Ran> {
    const wrapped = [
      "set -euo pipefail",
      `source '${this.#variables}'`,
      ...(installed ? [`PATH="$PATH:${join(this.path, "node_modules/.bin")}"`] : []),
      "set -a",
      script,
      "set +a",
      `export -p > '${this.#variables}'`,
    ].join("\n");
    return new Promise((resolve, reject) => {
      const child = spawn("bash", ["-c", wrapped], {
        cwd: this.path,
        env: plainEnvironment(),
        detached: true,
      });
      let output = "";
      const keep = (chunk: Buffer): void => {
        output += chunk.toString();
      };
      child.stdout.on("data", keep);
      child.stderr.on("data", keep);
      const timer = setTimeout(() => killGroup(child.pid), timeout);
      child.once("error", reject);
      child.once("close", (code) => {
        clearTimeout(timer);
        resolve({ code: code ?? 137, output });
      });
    });
  }

  /** Saves a program in the checkout. */
  save(name: string, source: string): void {
    writeFileSync(join(this.path, name), source);
  }

  /** Starts a command that goes on, in a terminal of its own. */
  start(script: string): Started {
    return new Started(this.path, script);
  }

  /** The same, where the command uses variables that earlier blocks have set. */
  startBeside(script: string): Started {
    return new Started(this.path, `source '${this.#variables}'\n${script}`);
  }

  /** Takes the state and the terminal's variables away; what was built stays. */
  forget(): void {
    rmSync(join(this.path, ".orrery"), { recursive: true, force: true });
    writeFileSync(this.#variables, "");
  }

  remove(): void {
    rmSync(dirname(this.path), { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Links what npm has installed. Links among the workspaces are copied as they are, so that in the copy
 * they lead to the copy's own.
 */
function linkModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (written.has(name)) continue;
    if (name === "@orrery" || name === ".bin") {
      cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true });
    } else {
      symlinkSync(join(from, name), join(to, name));
    }
  }
}

/** A command that serves until it is stopped. */
export class Started {
  output = "";
  #ended = false;
  #code: number | null = null;
  readonly #pid: number | undefined;
  readonly #closed: Promise<void>;

  constructor(cwd: string, script: string) {
    const child = spawn("bash", ["-c", script], { cwd, env: plainEnvironment(), detached: true });
    const keep = (chunk: Buffer): void => {
      this.output += chunk.toString();
    };
    this.#pid = child.pid;
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    this.#closed = new Promise((resolve) => {
      child.once("close", (code) => {
        this.#ended = true;
        this.#code = code;
        resolve();
      });
    });
  }

  /** Resolves when `url` answers with a 2xx. @throws Error with the output when the command ends before. */
  async serving(url: string, timeout: number): Promise<void> {
    const deadline = performance.now() + timeout;
    while (performance.now() < deadline) {
      if (this.#ended) throw new Error(`it ended before it served:\n${this.output}`);
      const response = await fetch(url).catch(() => null);
      if (response?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${url} did not answer:\n${this.output}`);
  }

  /** Resolves once the command has said `words`. @throws Error with the output when it ends or does not say it */
  async saying(words: string, timeout: number): Promise<void> {
    const deadline = performance.now() + timeout;
    while (!this.output.includes(words)) {
      if (this.#ended || performance.now() > deadline)
        throw new Error(`it did not say "${words}":\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Resolves with the exit code when the command ends by itself. @throws Error with the output when it does not */
  async end(timeout: number): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not end:\n${this.output}`)), timeout);
    });
    try {
      await Promise.race([this.#closed, late]);
      return this.#code ?? 137;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the command as Ctrl-C does, and by force if it does not listen. */
  async stop(): Promise<void> {
    if (!this.#ended) killGroup(this.#pid, "SIGINT");
    const force = setTimeout(() => killGroup(this.#pid), 20_000);
    await this.#closed;
    clearTimeout(force);
    killGroup(this.#pid);
  }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals = "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The environment of a terminal that knows nothing of this test run, and of no other platform. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(withoutSettings()).filter(
    ([name]) => !/^(?:npm_|NODE_|ORRERY_|VITEST|TEST$|CI$|INIT_CWD$|FORCE_COLOR$)/.test(name),
  );
  const path = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join("node_modules", ".bin")));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), NO_COLOR: "1" };
}

/** Every page whose commands are promised to work, in the order in which a newcomer meets them. */
export const pages = (root: string): string[] =>
  [
    "README.md",
    ...globSync("docs/*.md", { cwd: root }).toSorted(),
    ...globSync("packages/*/README.md", { cwd: root }).toSorted(),
  ].filter((page) => existsSync(join(root, page)));

export const readPage = (root: string, page: string): string => readFileSync(join(root, page), "utf8");
