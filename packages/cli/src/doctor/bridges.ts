import type { Bridge } from "@orrery/client";
import { addressText } from "../bridge/bridge-view.ts";
import { oneLine } from "../output/text.ts";
import { counted, duration } from "../output/units.ts";
import { fail, ok, warn, type Check, type Finding } from "./check.ts";

/** Messages that may wait for Redis before that is worth a word. */
const muchWaiting = 1_000;

/** Whether every bridge is connected, and what it could not deliver. Nothing where there are no bridges. */
export const bridges: Check = {
  name: "bridges",
  needs: "token",
  async run({ client }) {
    const findings: Finding[] = [];
    for await (const bridge of client.bridges.listAll()) findings.push(...findingsOf(bridge));
    return findings;
  },
};

function findingsOf(bridge: Bridge): Finding[] {
  const { status } = bridge;
  const name = oneLine(bridge.name);
  const findings = [connection(bridge, name)];
  if (status.deadLetters > 0) {
    findings.push(
      warn(
        `${name} has ${counted(status.deadLetters, "message")} that could not be delivered`,
        `Read why: orrery bridge dead-letters ${bridge.id}`,
      ),
    );
  }
  if (status.outbox >= muchWaiting) {
    findings.push(
      warn(
        `${status.outbox} messages of ${name} have not reached Redis yet`,
        "They go there in order as soon as they can; see whether Redis is slow or full.",
      ),
    );
  }
  return findings;
}

function connection(bridge: Bridge, name: string): Finding {
  const { state, error, latencyMs, redisVersion } = bridge.status;
  const address = oneLine(addressText(bridge));
  switch (state) {
    case "connected": {
      const version = redisVersion === null ? "" : `, Redis ${oneLine(redisVersion)}`;
      return ok(`${name} at ${address}${version}${latencyMs === null ? "" : `, ${duration(latencyMs)}`}`);
    }
    case "disabled":
      return warn(`${name} is switched off`, `Connect it: orrery bridge update ${bridge.id} --enable`);
    case "connecting":
    case "disconnected":
      return fail(
        `${name} does not reach ${address}${error === undefined ? "" : `: ${oneLine(error)}`}`,
        "It keeps trying, and loses no message. Check that Redis runs, its address, user and password.",
      );
    default:
      return state satisfies never;
  }
}
