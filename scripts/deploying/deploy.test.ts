import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { deploy } from "./deploy.ts";
import type { Wrangler, WranglerResult } from "./wrangler.ts";

const text = `{
  // kept
  "name": "worker",
  "compatibility_date": "2026-11-01",
  "d1_databases": [{ "binding": "DB", "database_name": "people" }],
  "r2_buckets": [{ "binding": "FILES", "bucket_name": "files" }],
}`;

/** An account as Wrangler shows it, and what has been asked of it. */
class Account {
  loggedIn = true;
  databases: string[] = [];
  buckets: string[] = [];
  secrets: string[] | null = null;
  failing = "";
  /** What the failing command says. */
  words = "";
  readonly commands: string[] = [];
  /** What the deployment was given. */
  uploaded: { config: string; secrets: Record<string, string> } | null = null;

  readonly wrangler: Wrangler = (args) => Promise.resolve(this.#answer(args));

  #answer(args: readonly string[]): WranglerResult {
    const command = args.slice(0, 3).join(" ");
    this.commands.push(command);
    if (this.failing !== "" && command.startsWith(this.failing)) {
      return { code: 1, stdout: "", stderr: this.words };
    }
    const done = (stdout: unknown = "", code = 0) => ({ code, stdout: JSON.stringify(stdout), stderr: "" });
    const option = (name: string): string => args[args.indexOf(name) + 1] ?? "";
    if (args[0] === "whoami") return done("", this.loggedIn ? 0 : 1);
    if (command === "d1 list --json")
      return done(this.databases.map((name) => ({ name, uuid: `id-of-${name}` })));
    if (command.startsWith("d1 create")) this.databases.push(args[2] ?? "");
    if (command === "r2 bucket info") return done({}, this.buckets.includes(args[3] ?? "") ? 0 : 1);
    if (command === "r2 bucket create") this.buckets.push(args[3] ?? "");
    if (command.startsWith("secret list")) {
      return this.secrets === null
        ? { code: 1, stdout: "", stderr: `Worker "worker" not found.\n\nIf this is a new Worker, …` }
        : done(this.secrets.map((name) => ({ name })));
    }
    if (args[0] === "deploy") {
      this.uploaded = {
        config: readFileSync(option("--config"), "utf8"),
        secrets: args.includes("--secrets-file")
          ? (JSON.parse(readFileSync(option("--secrets-file"), "utf8")) as Record<string, string>)
          : {},
      };
    }
    return done();
  }
}

function project(): string {
  const directory = mkdtempSync(join(tmpdir(), "deploy-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "wrangler.jsonc"), text);
  return directory;
}

const run = (account: Account, directory: string, answers: Record<string, string> = {}) =>
  deploy({
    config: join(directory, "wrangler.jsonc"),
    wrangler: account.wrangler,
    say: () => undefined,
    askSecret: (name) => Promise.resolve(answers[name] ?? ""),
    keys: () => Promise.resolve({ SIGNING_KEY: "generated", KEY_ENCRYPTION_KEY: "local:generated" }),
  });

describe("a first deployment", () => {
  it("makes what is missing, migrates, and only then deploys", async () => {
    const account = new Account();
    expect(await run(account, project(), { OPENAI_API_KEY: "sk-1" })).toEqual({ signingKeySet: true });
    expect(account.databases).toEqual(["people"]);
    expect(account.buckets).toEqual(["files"]);
    expect(account.commands.indexOf("d1 migrations apply")).toBeLessThan(account.commands.length - 1);
    expect(account.commands.at(-1)).toBe("deploy --minify --config");
    expect(account.uploaded?.secrets).toEqual({
      SIGNING_KEY: "generated",
      KEY_ENCRYPTION_KEY: "local:generated",
      OPENAI_API_KEY: "sk-1",
    });
    expect(account.uploaded?.config).toContain('"database_id": "id-of-people"');
    expect(account.uploaded?.config).toContain("// kept");
  });

  it("leaves the configuration as it was, and no secret behind", async () => {
    const directory = project();
    const account = new Account();
    await run(account, directory);
    account.failing = "deploy";
    await expect(run(account, directory)).rejects.toThrow("wrangler deploy --minify --config failed");
    expect(readFileSync(join(directory, "wrangler.jsonc"), "utf8")).toBe(text);
    expect(existsSync(join(directory, "wrangler.deploy.jsonc"))).toBe(false);
    expect(existsSync(join(directory, "wrangler.deploy.secrets.json"))).toBe(false);
  });
});

describe("a later deployment", () => {
  it("makes nothing anew, and never replaces the keys that sign and seal", async () => {
    const account = new Account();
    account.databases = ["other", "people"];
    account.buckets = ["files"];
    account.secrets = ["SIGNING_KEY", "KEY_ENCRYPTION_KEY", "OPENAI_API_KEY"];
    const answers = { OPENAI_API_KEY: "not asked for", GOOGLE_API_KEY: "new" };
    expect(await run(account, project(), answers)).toEqual({ signingKeySet: false });
    expect(account.commands.filter((command) => command.includes("create"))).toEqual([]);
    expect(account.uploaded?.secrets).toEqual({ GOOGLE_API_KEY: "new" });
  });
});

describe("a deployment that cannot be", () => {
  it("says how to log in", async () => {
    const account = new Account();
    account.loggedIn = false;
    await expect(run(account, project())).rejects.toThrow("npx wrangler login");
    expect(account.commands).toEqual(["whoami --json"]);
  });

  it("stops where the worker's secrets cannot be listed: it may have keys that nobody can bring back", async () => {
    const account = new Account();
    account.failing = "secret list";
    account.words = "Authentication error [code: 10000]";
    await expect(run(account, project())).rejects.toThrow("Authentication error");
    expect(account.uploaded).toBeNull();
  });

  it("stops before deploying when a migration fails", async () => {
    const account = new Account();
    account.failing = "d1 migrations";
    await expect(run(account, project())).rejects.toThrow("wrangler d1 migrations apply failed");
    expect(account.uploaded).toBeNull();
  });
});
