/** What the command's exit status means; documented in the guide and in `orrery --help`. */
export const exitCode = {
  ok: 0,
  /** The request, the execution or a check failed. */
  failed: 1,
  /** The command line is not valid. */
  usage: 2,
  /** The platform cannot be reached. */
  unreachable: 3,
  /** The token is missing, not accepted, or does not allow this. */
  refused: 4,
  /** Stopped by Ctrl-C: 128 and the number of SIGINT, as shells have it. */
  interrupted: 130,
} as const;
