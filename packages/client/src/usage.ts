import type { UsageLine, UsageQuery, UsageReport } from "@orrery/protocol";
import { eachItem, type PageOptions } from "./pages.ts";
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
  /** By day every day; by agent and model a page of the dearest, `total` being of all pages. */
  report(filter?: UsageFilter & PageOptions, options?: RequestOptions): Promise<UsageReport>;
  /** Every line, page by page. What is booked meanwhile may move a line from one page to another. */
  lines(filter?: UsageFilter, options?: RequestOptions): AsyncGenerator<UsageLine, void, undefined>;
  /** Every line as CSV (RFC 4180) in the order of its keys, with a header line. */
  csv(filter?: UsageFilter, options?: RequestOptions): Promise<string>;
}

export function createUsageReports(transport: Transport): UsageReports {
  const path = "/api/v1/usage";
  const report: UsageReports["report"] = (filter = {}, options) =>
    transport.json({ ...options, path, query: { ...filter } });
  return {
    report,
    lines: (filter = {}, options) => eachItem((cursor) => report({ ...filter, limit: 100, cursor }, options)),
    csv: (filter = {}, options) =>
      transport.send(
        { ...options, path, query: { ...filter, format: "csv" }, headers: { accept: "text/csv" } },
        (response) => response.text(),
      ),
  };
}
