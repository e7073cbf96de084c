import { isLoopback } from "../connection/connection.ts";
import { duration } from "../output/units.ts";
import { fail, ok, warn, type Check } from "./check.ts";

/** `Date` counts whole seconds, and an answer takes its time. */
const precision = 2_000;
/** Beyond this, tokens are refused as expired or not yet valid. */
const tolerable = 30_000;

/** Whether this machine's clock and the platform's agree. */
export const clock: Check = {
  name: "clock",
  needs: "platform",
  async run({ client, connection, terminal }) {
    const before = terminal.now();
    const { serverTime } = await client.readiness();
    const middle = (before + terminal.now()) / 2;
    if (serverTime === undefined) {
      return [
        ok(
          isLoopback(new URL(connection.url)) ? "this machine's own" : "the platform does not tell its time",
        ),
      ];
    }
    const skew = Math.abs(serverTime + 500 - middle);
    if (skew <= precision) return [ok("in step with the platform's")];
    const detail = `${duration(skew)} apart from the platform's`;
    const advice = "Set both by NTP: tokens are good only for a time.";
    return [skew > tolerable ? fail(detail, advice) : warn(detail, advice)];
  },
};
