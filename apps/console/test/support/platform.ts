import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient, type OrreryClient } from "@orrery/client";
import { withoutSettings } from "../../../../test/platform/environment.ts";

/** The whole platform, as `npm start` runs it, with a state of its own. */
export interface RunningPlatform {
  url: string;
  token: string;
  client: OrreryClient;
  /** The console's address that signs in by itself. */
  consoleUrl(path?: string): string;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again after {@link kill}, at the same address with the same state. */
  restart(): Promise<void>;
  /** Ends it and removes its state. */
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL("../../../../", import.meta.url));

interface Serving {
  process: ChildProcess;
  exited: Promise<void>;
  url: string;
  token: string;
}

async function serve(state: string, port: string, variables: Record<string, string>): Promise<Serving> {
  const cli = join(root, "packages/cli/bin/orrery.js");
  const child = spawn(
    process.execPath,
    ["--conditions=orrery-source", cli, "up", "--port", port, "--state", state, "--env", devNull],
    {
      cwd: root,
      env: { ...withoutSettings(), NO_COLOR: "1", ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let output = "";
  const [, url = "", token = ""] = await new Promise<RegExpExecArray>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /(http:\/\/[^\s/]+)\/#token=(\S+)/.exec(output);
      if (found) resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then(() => reject(new Error(`the platform ended before it served:\n${output}`)));
  });
  return { process: child, exited, url, token };
}

/**
 * Starts the platform on a free port, building what is not built.
 * @param variables settings for it, such as `MODEL_SERVERS`
 */
export async function startPlatform(variables: Record<string, string> = {}): Promise<RunningPlatform> {
  const state = await mkdtemp(join(tmpdir(), "orrery-console-"));
  let serving = await serve(state, "0", variables);
  const { url, token } = serving;

  const end = async (signal: NodeJS.Signals) => {
    serving.process.kill(signal);
    await serving.exited;
  };

  return {
    url,
    token,
    client: createClient({ baseUrl: url, token }),
    consoleUrl: (path = "/agents") => `${url}${path}#token=${token}`,
    kill: () => end("SIGKILL"),
    restart: async () => {
      serving = await serve(state, new URL(url).port, variables);
    },
    stop: async () => {
      await end("SIGTERM");
      await rm(state, { recursive: true, force: true });
    },
  };
}
