import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient, type OrreryClient } from "@orrery/client";

/** The whole platform, as `npm start` runs it, with a state of its own. */
export interface RunningPlatform {
  url: string;
  token: string;
  client: OrreryClient;
  /** The console's address that signs in by itself. */
  consoleUrl(path?: string): string;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/**
 * Starts the platform on a free port, building what is not built.
 * @param variables settings for it, such as `MODEL_SERVERS`
 */
export async function startPlatform(variables: Record<string, string> = {}): Promise<RunningPlatform> {
  const state = await mkdtemp(join(tmpdir(), "orrery-console-"));
  const child = spawn(
    process.execPath,
    [
      "--conditions=orrery-source",
      join(root, "packages/cli/src/main.ts"),
      "up",
      ...["--port", "0", "--state", state],
    ],
    {
      cwd: root,
      env: { ...process.env, NO_COLOR: "1", ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
    await rm(state, { recursive: true, force: true });
  };

  let output = "";
  const address = await new Promise<RegExpExecArray>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /(http:\/\/[^\s/]+)\/#token=(\S+)/.exec(output);
      if (found) resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then(() => reject(new Error(`the platform ended before it served:\n${output}`)));
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });

  const [, url = "", token = ""] = address;
  return {
    url,
    token,
    client: createClient({ baseUrl: url, token }),
    consoleUrl: (path = "/agents") => `${url}${path}#token=${token}`,
    stop,
  };
}
