/** What can keep a Worker from starting here, each with words for the person at the terminal. */
export type LaunchErrorCode =
  /** The configuration cannot be read, or asks for something that has no local form. */
  | "config_invalid"
  /** The bundle is missing or cannot be built. */
  | "bundle_invalid"
  /** Another process listens on the address. */
  | "port_taken"
  /** The address cannot be listened on for another reason. */
  | "address_unusable"
  /** Another instance holds the state directory. */
  | "state_held"
  /** The state was written by a newer version. */
  | "state_newer"
  /** The state directory cannot be used. */
  | "state_unusable"
  /** A D1 migration failed; it left no trace. */
  | "migration_failed"
  /** The Workers runtime did not start. */
  | "runtime_failed";

/** A start that failed for a reason its `message` explains in full: to be shown without a stack. */
export class LaunchError extends Error {
  readonly code: LaunchErrorCode;

  constructor(code: LaunchErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "LaunchError";
    this.code = code;
  }
}

/** Whether `error` is a system error of this code (`ENOENT`, `EADDRINUSE`, …). */
export const isSystemError = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/** What failed first, where tidying up after it has failed as well. */
export const firstFailure = (thrown: unknown): unknown =>
  thrown instanceof SuppressedError ? firstFailure(thrown.suppressed) : thrown;
