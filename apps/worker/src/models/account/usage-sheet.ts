/** A whole report of usage in CSV, however many lines it has: written as it is read, a part at a time. */
import type { UsageBy, UsageLine } from "@orrery/protocol";
import { csvHeader, csvLines } from "./usage-csv.ts";

/** Lines of a part. */
export const partLimit = 500;

/** Some lines with keys after `after`, in the order of keys; the last part has fewer than {@link partLimit}. */
export type ReadPart = (after: string) => Promise<UsageLine[]>;

/** The sheet that begins with `first`. What fails on the way breaks the stream off, so that no part passes for the whole. */
export function usageSheet(by: UsageBy, first: UsageLine[], read: ReadPart): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let part = first;
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(csvHeader(by))),
    async pull(controller) {
      if (part.length > 0) controller.enqueue(encoder.encode(csvLines(by, part)));
      const last = part.at(-1);
      if (last === undefined || part.length < partLimit) controller.close();
      else part = await read(last.key);
    },
  });
}
