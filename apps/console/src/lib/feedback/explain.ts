import { ApiError, ConnectionError } from "@orrery/client";
import { sentence } from "#lib/formatting/sentence.ts";
import { onOwnMachine } from "#lib/platform/own-machine.ts";

/** A failure in words for whoever uses the console: what happened, and what to do about it. */
export interface Explanation {
  title: string;
  advice: string;
  /** Whether doing the same again may help. */
  retry: boolean;
}

/** What was being done, where its name makes the words clearer. */
export interface Subject {
  /** What was asked for, such as `agent`. */
  thing?: string | undefined;
  /** Whose service Orrery asked in turn, such as `The model's provider`. */
  upstream?: string | undefined;
}

const seconds = (value: number): string => `${value} second${value === 1 ? "" : "s"}`;

/** Explains anything that a call of the client can throw. */
export function explain(error: unknown, { thing, upstream = "Another service" }: Subject = {}): Explanation {
  if (error instanceof ConnectionError) {
    return {
      title: error.reason === "timeout" ? "Orrery did not answer in time" : "Cannot reach Orrery",
      advice: onOwnMachine
        ? "Check that it is running (npm start)."
        : "Check your connection. The console tries again as soon as it is back.",
      retry: true,
    };
  }
  if (!(error instanceof ApiError)) {
    return {
      title: "Something went wrong in the console",
      advice: "Reload the page. If it happens again, please report what you were doing.",
      retry: true,
    };
  }
  switch (error.code) {
    case "unauthenticated":
      return {
        title: "Your token is no longer accepted",
        advice: "Sign in with a new one.",
        retry: false,
      };
    case "forbidden":
      return {
        title: "Your token does not allow this",
        advice: `${sentence(error.detail)} Ask an administrator of the workspace for a token with more scopes.`,
        retry: false,
      };
    case "not_found":
      return {
        title: thing ? `This ${thing} does not exist` : "Not found",
        advice: "It may have been deleted, or it belongs to another workspace.",
        retry: false,
      };
    case "rate_limited":
      return {
        title: "Too many requests",
        advice: error.retryAfter ? `Try again in ${seconds(error.retryAfter)}.` : "Try again in a moment.",
        retry: true,
      };
    case "payload_too_large":
      return { title: "Too large", advice: sentence(error.detail), retry: false };
    case "budget_exceeded":
      return { title: "The budget is used up", advice: sentence(error.detail), retry: false };
    case "upstream_failed":
      return { title: `${upstream} failed`, advice: sentence(error.detail), retry: true };
    case "upstream_timeout":
      return { title: `${upstream} did not answer in time`, advice: sentence(error.detail), retry: true };
    case "internal":
    case "unknown":
      return {
        title: "Something went wrong in Orrery",
        advice: error.requestId
          ? `Its log has the details, under request ${error.requestId}.`
          : "Its log has the details.",
        retry: true,
      };
    default:
      return { title: "Request refused", advice: sentence(error.detail), retry: false };
  }
}

/** The same in one line, for beside a button. */
export function failureLine(error: unknown, subject: Subject = {}): string {
  const { title, advice } = explain(error, subject);
  return `${title}. ${advice}`;
}
