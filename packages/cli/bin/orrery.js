#!/usr/bin/env node
/**
 * The `orrery` command. An installed package runs what was built; a clone runs its sources, with the
 * Node.js that the clone itself brings, whatever the one is that was found first.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import nodeModule from "node:module";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const inClone = existsSync(at("../src/main.ts"));
const ownSources = "--conditions=orrery-source";

if (inClone && !process.execArgv.includes(ownSources)) runAgain();
else {
  // What is compiled, and in a clone stripped of its types, is kept from one run to the next. Node.js 20 has no such cache.
  nodeModule.enableCompileCache?.(inClone ? at("../../../.cache/compile") : undefined);
  await import(inClone ? "../src/main.ts" : "../dist/main.js");
}

/** With the Node.js of the clone, for which all packages are their sources. */
function runAgain() {
  const own = at("../../../node_modules/node/bin/node");
  const node = existsSync(own) ? own : process.execPath;
  // What follows the dashes is not Node's.
  const args = [ownSources, "--", at("orrery.js"), ...process.argv.slice(2)];

  // Where Node.js can, this process becomes the command: signals and exit codes need no passing on.
  if (typeof process.execve === "function" && process.platform !== "win32") {
    process.execve(node, [node, ...args], process.env);
  }
  const child = spawn(node, args, { stdio: "inherit" });
  // A terminal sends Ctrl-C to both processes; anyone else sends it to this one alone.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    console.error(`orrery: cannot start Node.js at ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
