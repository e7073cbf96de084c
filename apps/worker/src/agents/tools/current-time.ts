import { z } from "zod";
import { defineTool } from "./define-tool.ts";

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The parts of an instant on the clocks of a time zone. */
function onTheClocksOf(timeZone: string, now: Date): { local: string; weekday: string } {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    weekday: "long",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "longOffset",
  }).formatToParts(now);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((one) => one.type === type)?.value ?? "";
  const offset = part("timeZoneName").replace("GMT", "") || "+00:00";
  const date = `${part("year")}-${part("month")}-${part("day")}`;
  return {
    local: `${date}T${part("hour")}:${part("minute")}:${part("second")}${offset}`,
    weekday: part("weekday"),
  };
}

/** Answers `{utc, timeZone, local, weekday}`, times in RFC 3339. */
export const currentTime = defineTool({
  name: "current_time",
  description: "Tells the present date, time and weekday, in UTC and in a time zone.",
  effect: "read",
  input: z.strictObject({
    timeZone: z
      .string()
      .refine(isTimeZone, "expected an IANA time zone such as Europe/Paris")
      .optional()
      .describe("IANA name such as Europe/Paris; UTC without it"),
  }),
  run: async ({ timeZone = "UTC" }, context) => {
    const instant = context.now();
    return { utc: instant.toISOString(), timeZone, ...onTheClocksOf(timeZone, instant) };
  },
});
