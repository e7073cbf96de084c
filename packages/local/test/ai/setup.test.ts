/** The two set-ups of the README, as they stand there. */
import { execFile, spawn } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryDirectory } from "../running.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const readme =
  readFileSync(at("../../README.md"), "utf8").split("## Workers AI and AI Gateway on one machine")[1] ?? "";

/** The first block of a language in the README's section. */
function block(language: string): string {
  const code = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (code === undefined) throw new Error(`no ${language} in the README`);
  return code;
}

const worker = `export default {
  async fetch(request, env) {
    return Response.json(await env.AI.run("@cf/meta/llama-3.1-8b-instruct", { prompt: "Hello" }));
  },
};`;

/** A project of somebody else's, in which this package is installed. */
function project(): string {
  const directory = temporaryDirectory();
  symlinkSync(at("../../../../node_modules"), join(directory, "node_modules"));
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  writeFileSync(join(directory, "worker.js"), worker);
  return directory;
}

/** From the sources: nothing is built before it is tested. */
const environment = {
  ...process.env,
  NODE_OPTIONS: "--conditions=orrery-source",
  WRANGLER_SEND_METRICS: "false",
  CI: "1",
};

describe("the set-up of the README", () => {
  it("serves the binding in a plain Miniflare project", async () => {
    const directory = project();
    const program = `${block("ts").replace("contents: script", `contents: ${JSON.stringify(worker)}`)}
      console.log(await (await miniflare.dispatchFetch("http://w/")).text());
      await miniflare.dispose();`;
    writeFileSync(join(directory, "main.ts"), program);
    const { stdout } = await promisify(execFile)(process.execPath, ["main.ts"], {
      cwd: directory,
      env: environment,
    });
    expect(JSON.parse(stdout)).toMatchObject({ response: expect.any(String) as string });
  });

  it("serves the binding in a Wrangler project", async () => {
    const directory = project();
    writeFileSync(join(directory, "wrangler.jsonc"), block("jsonc"));
    const wrangler = at("../../../../node_modules/wrangler/bin/wrangler.js");
    const child = spawn(
      process.execPath,
      [
        wrangler,
        "dev",
        "--env",
        "local",
        "--ip",
        "127.0.0.1",
        "--port",
        "0",
        // Else the same one for every Wrangler, and another one may run beside this.
        "--inspector-port",
        "0",
        "--show-interactive-dev-session=false",
      ],
      { cwd: directory, env: environment, stdio: ["ignore", "pipe", "pipe"] },
    );
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    onTestFinished(async () => {
      child.kill("SIGINT");
      await ended;
    });
    let said = "";
    const url = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
          said += chunk.toString();
          const ready = /Ready on (http:\/\/\S+)/.exec(said)?.[1];
          if (ready !== undefined) resolve(ready);
        });
      }
      void ended.then(() => reject(new Error(said)));
    });
    expect(await (await fetch(url)).json()).toMatchObject({ response: expect.any(String) as string });
  });

  it("works as it is published, without sources or a bundler", async () => {
    const directory = temporaryDirectory();
    const built = join(directory, "dist");
    const local = at("../../");
    const run = (command: string, ...args: string[]) =>
      promisify(execFile)(process.execPath, [command, ...args], { cwd: local });
    await run(
      at("../../../../node_modules/typescript/bin/tsc"),
      "-p",
      "tsconfig.build.json",
      "--outDir",
      built,
    );
    await run("src/ai/build.ts", join(built, "ai"));
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    symlinkSync(at("../../../../node_modules"), join(directory, "node_modules"));
    writeFileSync(
      join(directory, "main.js"),
      `import { Miniflare } from "miniflare";
      import { localAI } from "./dist/ai/index.js";
      const manifest = { mainModule: "w.js", modules: { "w.js": { type: "esm", contents: ${JSON.stringify(worker)} } } };
      const config = { name: "w", compatibilityDate: "2026-10-01", manifest, env: { AI: localAI({ servers: [] }) } };
      const miniflare = new Miniflare({ cf: false, workers: [{ config }] });
      console.log(await (await miniflare.dispatchFetch("http://w/")).text());
      await miniflare.dispose();`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, ["main.js"], { cwd: directory });
    expect(JSON.parse(stdout)).toMatchObject({ served_by: "offline" });
  });

  it("says what is wrong with options", async () => {
    const directory = project();
    const program = block("ts")
      .replace("contents: script", 'contents: ""')
      .replace("localAI()", "localAI({ sevrers: [] } as object)");
    writeFileSync(join(directory, "main.ts"), `${program}\nawait miniflare.ready;`);
    const failed = promisify(execFile)(process.execPath, ["main.ts"], { cwd: directory, env: environment });
    await expect(failed).rejects.toMatchObject({
      stderr: expect.stringContaining('Unrecognized key: "sevrers"') as string,
    });
  });
});
