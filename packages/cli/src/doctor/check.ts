import type { Session } from "../session.ts";

/** `warn` is worth knowing; `fail` keeps something from working. */
export type CheckStatus = "ok" | "warn" | "fail";

/** What a check found. */
export interface Finding {
  status: CheckStatus;
  /** One line. */
  detail: string;
  /** What to do about it; for `warn` and `fail`. */
  advice?: string;
}

export interface Check {
  /** What is looked at, in a word or two. */
  name: string;
  /** Checks that need the platform are left out while it cannot be reached; the same for its token. */
  needs: "nothing" | "platform" | "token";
  /** A thrown error counts as a failed check. */
  run(session: Session): Promise<Finding[]>;
}

export const ok = (detail: string): Finding => ({ status: "ok", detail });
export const warn = (detail: string, advice: string): Finding => ({ status: "warn", detail, advice });
export const fail = (detail: string, advice: string): Finding => ({ status: "fail", detail, advice });
