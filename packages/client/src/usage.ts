import type { UsageQuery, UsageReport } from "@orrery/protocol";
import type { RequestOptions, Transport } from "./transport.ts";

/** Which calls to sum, and by what. Days are UTC days, both included; the last 30 where not given. */
export interface UsageFilter {
  by?: UsageQuery["by"] | undefined;
  from?: string | undefined;
  to?: string | undefined;
  agentId?: string | undefined;
  model?: string | undefined;
}

/** What was spent, on which calls to models. */
export interface UsageReports {
  report(filter?: UsageFilter, options?: RequestOptions): Promise<UsageReport>;
  /** The same as CSV (RFC 4180), with a header line. */
  csv(filter?: UsageFilter, options?: RequestOptions): Promise<string>;
}

export function createUsageReports(transport: Transport): UsageReports {
  const path = "/api/v1/usage";
  return {
    report: (filter = {}, options) => transport.json({ ...options, path, query: { ...filter } }),
    csv: (filter = {}, options) =>
      transport.send(
        { ...options, path, query: { ...filter, format: "csv" }, headers: { accept: "text/csv" } },
        (response) => response.text(),
      ),
  };
}
