import { describe, expect, it } from "vitest";
import { run } from "./process.ts";

const node = (script: string) => ({ file: process.execPath, args: ["--eval", script] });

describe("running a program", () => {
  it("keeps what it says and the code it ends with", async () => {
    const outcome = await run(node("console.log('out'); console.error('err'); process.exitCode = 3"));
    expect(outcome).toMatchObject({ code: 3, timedOut: false });
    expect(outcome.output.split("\n").toSorted()).toEqual(["", "err", "out"]);
  });

  it("gives a program that cannot be started the code that shells give", async () => {
    const outcome = await run({ file: "/does/not/exist", args: [] });
    expect(outcome.code).toBe(127);
    expect(outcome.output).toContain("ENOENT");
  });

  it("ends one that takes too long, and everything that it has started", async () => {
    // The grandchild holds the pipe open too, so the run is over only when it has ended as well.
    const grandchild =
      "spawn(process.execPath, ['--eval', 'setInterval(() => {}, 9e6)'], { stdio: 'inherit' })";
    const script = `require("node:child_process").${grandchild}; setInterval(() => {}, 9e6)`;
    expect(await run({ ...node(script), timeout: 500 })).toMatchObject({ code: 137, timedOut: true });
  });
});
