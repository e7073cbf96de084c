import type { UsageReports } from "@orrery/client";
import type { UsageReport } from "@orrery/protocol";
import type { DayRange } from "./range.ts";

/** Lines of a report by agent or model that are shown: as many as a page has. */
const shown = 100;

/** What was spent in a range, by day, agent and model. What was read last stays on show meanwhile. */
export class UsageView {
  byDay = $state.raw<UsageReport>();
  byAgent = $state.raw<UsageReport>();
  byModel = $state.raw<UsageReport>();
  loading = $state(false);
  error = $state.raw<unknown>();
  readonly #usage: Pick<UsageReports, "report">;
  #reading: AbortController | undefined;

  constructor(usage: Pick<UsageReports, "report">) {
    this.#usage = usage;
  }

  /** Reads a range. Of overlapping readings, only the last one counts. */
  async load(range: DayRange): Promise<void> {
    this.stop();
    const reading = new AbortController();
    const { signal } = reading;
    this.#reading = reading;
    this.loading = true;
    try {
      const [byDay, byAgent, byModel] = await Promise.all(
        (["day", "agent", "model"] as const).map((by) =>
          this.#usage.report({ by, ...range, limit: shown }, { signal }),
        ),
      );
      if (signal.aborted) return;
      this.byDay = byDay;
      this.byAgent = byAgent;
      this.byModel = byModel;
      this.error = undefined;
    } catch (error) {
      if (!signal.aborted) this.error = error;
      reading.abort();
    } finally {
      if (this.#reading === reading) {
        this.#reading = undefined;
        this.loading = false;
      }
    }
  }

  stop(): void {
    this.#reading?.abort();
    this.#reading = undefined;
    this.loading = false;
  }
}
