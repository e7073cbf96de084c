/** One workerd, as a child of the process that keeps it. */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { RuntimeGuard } from "../runtime-guard.ts";
import type { RuntimeEvent, RuntimeStart } from "./messages.ts";

export interface RuntimeProcess {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Ends it at once; resolves when it has ended. */
  kill(): Promise<void>;
}

/**
 * Starts workerd with its reports going to `loopback`, and tells what it does.
 * @param sockets `name=host:port` of sockets that are to listen elsewhere than the configuration says
 */
export function startProcess(
  start: RuntimeStart,
  guard: RuntimeGuard,
  loopback: string,
  sockets: readonly string[],
  onEvent: (event: RuntimeEvent) => void,
): RuntimeProcess {
  const args = [
    ...start.args
      .filter((arg) => arg !== "-")
      .map((arg) =>
        arg.startsWith("--external-addr=loopback=") ? `--external-addr=loopback=${loopback}` : arg,
      ),
    ...sockets.map((socket) => `--socket-addr=${socket}`),
    "-",
  ];
  const child = spawn(guard.command, args, {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    windowsHide: true,
    env: { ...start.env, ...guard.env },
  });
  const ended = new Promise<void>((resolve) => {
    // Not `exit`: what it said last is to come before.
    child.once("close", (code, signal) => {
      onEvent({ type: "exit", code, signal });
      resolve();
    });
    child.once("error", (error) => {
      onEvent({ type: "output", stream: "stderr", text: error.message });
    });
  });
  eachLine(child.stdout, (text) => onEvent({ type: "output", stream: "stdout", text }));
  eachLine(child.stderr, (text) => onEvent({ type: "output", stream: "stderr", text }));
  eachLine(child.stdio[3] as Readable, (text) => onEvent({ type: "control", text }));
  const gunzip = createGunzip();
  gunzip.end(start.config);
  // A workerd that ends before it has read everything closes the pipe: its exit says so.
  void pipeline(gunzip, child.stdin).catch(() => undefined);
  return {
    pid: child.pid,
    kill: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

/** Calls for each line, and in the end for what is left without one's end. */
function eachLine(stream: Readable, call: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) call(line);
  });
  stream.once("end", () => {
    if (rest !== "") call(rest);
  });
}
