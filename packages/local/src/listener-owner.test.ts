import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { strangerOn } from "./listener-owner.ts";

const head =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const line = (local: string, state: string, uid: number): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 ${uid}        0 123 1 0 100 0\n`;

/** Port 11434, in the kernel's hand. */
const ollama = "2CAA";

describe("who listens on a port", () => {
  it.each<[what: string, table: string, stranger: number | null]>([
    ["this user", line(`0100007F:${ollama}`, "0A", 1000), null],
    ["root", line(`0100007F:${ollama}`, "0A", 0), null],
    ["a system's service", line(`00000000:${ollama}`, "0A", 998), null],
    ["another person", line(`0100007F:${ollama}`, "0A", 1001), 1001],
    ["another person, on every address", line(`00000000:${ollama}`, "0A", 1001), 1001],
    [
      "another person, on every address of both families",
      line(`${"0".repeat(32)}:${ollama}`, "0A", 65_534),
      65_534,
    ],
    ["another person, on another port", line("0100007F:1F90", "0A", 1001), null],
    ["another person, on another address", line(`0200007F:${ollama}`, "0A", 1001), null],
    ["nobody, but another person is connected", line(`0100007F:${ollama}`, "01", 1001), null],
    ["nobody", "", null],
  ])("is %s", (_, table, stranger) => {
    expect(strangerOn(11_434, [head + table], 1000)).toBe(stranger);
  });

  it("is oneself on a port of one's own", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    expect(strangerOn((server.address() as AddressInfo).port)).toBeNull();
  });

  it.runIf(process.platform === "linux" && process.geteuid?.() === 0)(
    "is the user of the program that does, as the kernel has it",
    async () => {
      const script =
        "process.setuid(65534); require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port); })";
      const other = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(() => void other.kill("SIGKILL"));
      const [said] = (await once(other.stdout, "data")) as [Buffer];
      expect(strangerOn(Number(said.toString()))).toBe(65_534);
    },
  );
});
