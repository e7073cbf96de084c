import { ApiError, ConnectionError } from "@orrery/client";

/** A failure in words for whoever uses the console: what happened, and what to do about it. */
export interface Explanation {
  title: string;
  advice: string;
  /** Whether doing the same again may help. */
  retry: boolean;
}

const seconds = (value: number): string => `${value} second${value === 1 ? "" : "s"}`;

/** Explains anything that a call of the client can throw. */
export function explain(error: unknown): Explanation {
  if (error instanceof ConnectionError) {
    return {
      title: error.reason === "timeout" ? "Orrery did not answer in time" : "Cannot reach Orrery",
      advice: "Check that it is running (npm start) and that this device can reach it.",
      retry: true,
    };
  }
  if (!(error instanceof ApiError)) {
    return {
      title: "The console failed",
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
        title: "Your token may not do that",
        advice: `${error.detail} Ask an administrator of the workspace for a token with more scopes.`,
        retry: false,
      };
    case "not_found":
      return {
        title: "It does not exist",
        advice: "It may have been deleted, or belongs to another workspace.",
        retry: false,
      };
    case "rate_limited":
      return {
        title: "Too many requests",
        advice: error.retryAfter ? `Try again in ${seconds(error.retryAfter)}.` : "Try again in a moment.",
        retry: true,
      };
    case "payload_too_large":
      return { title: "That is too large", advice: error.detail, retry: false };
    case "budget_exceeded":
      return { title: "The budget is used up", advice: error.detail, retry: false };
    case "upstream_failed":
    case "upstream_timeout":
      return { title: "The model's provider failed", advice: error.detail, retry: true };
    case "internal":
    case "unknown":
      return {
        title: "Something went wrong in Orrery",
        advice: error.requestId
          ? `Its log tells more under request ${error.requestId}.`
          : "Its log tells more.",
        retry: true,
      };
    default:
      return { title: "That was refused", advice: error.detail, retry: false };
  }
}
