/** What `npm run test:kill` asks of each of its suites. No implementation lives here. */

export interface SuiteOptions {
  trials: number;
  /** Uniform in [0, 1), the same for the same seed: moments, faults, loads. */
  random: () => number;
}

export interface SuiteReport {
  passed: number;
  failed: number;
}

/** Runs its trials, says in a line what each was and what went wrong in it, and leaves nothing running. */
export type Suite = (options: SuiteOptions) => Promise<SuiteReport>;
