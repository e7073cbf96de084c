/** What the days are compared by. */
import type { UsageReport } from "@orrery/protocol";

export type Measure = "cost" | "calls";

/** What says most of a range: its cost, or its calls where nothing had a price. */
export const tellingMeasure = ({ total }: Pick<UsageReport, "total">): Measure =>
  total.costMicros === 0 ? "calls" : "cost";
