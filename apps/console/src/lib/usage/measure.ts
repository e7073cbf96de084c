/** What the days are compared by. */
import type { UsageReport } from "@orrery/protocol";

export type Measure = "cost" | "calls";

export const isMeasure = (text: string): text is Measure => text === "cost" || text === "calls";

/** What says most of a range: its cost, or its calls where none was paid for. */
export const tellingMeasure = ({ total }: Pick<UsageReport, "total">): Measure =>
  total.costMicros === 0 ? "calls" : "cost";
