import { createServer } from "node:net";
import { ConnectionError } from "@orrery/client";
import { startCommand } from "../program-name.ts";
import { fail, ok, type Check, type Finding } from "./check.ts";

/** Whether the platform answers at its address; and where it does not, what stands in its way. */
export const reach: Check = {
  name: "address",
  needs: "nothing",
  async run({ client, connection }) {
    const at = `${connection.url} (${connection.urlSource})`;
    try {
      const { status } = await client.readiness({ timeoutMs: 5_000 });
      if (status === "ready" || status === "not ready") return [ok(at)];
    } catch (error) {
      if (
        error instanceof ConnectionError &&
        error.reason === "unreachable" &&
        !(error.cause instanceof SyntaxError)
      ) {
        return [await notServed(connection.url, at)];
      }
    }
    return [fail(`what answers at ${at} is not Orrery`, "Name the platform's address with --url.")];
  },
};

async function notServed(address: string, at: string): Promise<Finding> {
  const { hostname, port } = new URL(address);
  const isHere = hostname === "127.0.0.1" || hostname === "localhost";
  if (!isHere || port === "") {
    return fail(
      `nothing answers at ${at}`,
      "Check that the platform runs and that this machine can reach it.",
    );
  }
  return (await isFree(Number(port)))
    ? fail(`nothing serves at ${at}; the port is free`, `Start the platform: ${startCommand}`)
    : fail(
        `port ${port} is taken by another program`,
        "Stop that program, or choose another: npm start -- --port <number>",
      );
}

/** Whether this process could listen on a port of loopback. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
