/** The mock model server as a process of its own, which outlives the platform under test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Upstream {
  /** Base URL for `MODEL_SERVERS`. */
  baseUrl: string;
  stop(): void;
}

export async function startUpstream(): Promise<Upstream> {
  const script = fileURLToPath(new URL("../../bench/upstream.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=orrery-source", script], {
    // By its channel it hears that this process has ended, however that was.
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  if (!child.stdout) throw new Error("the mock model server has no output");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  return { baseUrl: `${url}/v1`, stop: () => child.kill("SIGKILL") };
}
