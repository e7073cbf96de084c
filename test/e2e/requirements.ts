/**
 * The promises that no single part can keep alone. Each is cited by at least one test, whose title it
 * becomes; `requirements.unit.test.ts` fails while one is uncited.
 */
const requirements = {
  // Starting and stopping
  "second-start": "a second start takes no build, and serves",
  "parked-on-stop": "SIGINT and SIGTERM park running turns, and the next start finishes them",
  "one-owner": "a second instance on the same state is refused, and a killed one leaves no lock behind",
  "port-taken": "a port that is taken is reported in words",
  "newer-state": "state written by a newer version is refused in words and left as it was",
  "open-unseen": "the console is opened with its token in no process's arguments",
  "mistakes-told":
    "a mistake in a variable is told by the start, by readiness and by doctor, and breaks nothing else",

  // Documents, offline
  "documents-by-http": "over HTTP, a PDF and a Markdown file are answered from in cited, verbatim extracts",
  "documents-by-cli":
    "by the command line, a PDF and a Markdown file are answered from in cited, verbatim extracts",
  "documents-in-browser": "in the browser, an attached document is answered from in cited, verbatim extracts",
  "documents-in-their-session":
    "an attached document answers in its session alone, and one that the agent itself was given in all",
  "not-found-said": "what the documents do not hold is reported as not found",
  "same-bytes": "the same documents and question give the same bytes",

  // Real models
  "model-by-name":
    "a foreign OpenAI-compatible server streams, calls a tool and reports usage by a change of the model's name alone",

  storm:
    "five hundred executions at once, against an upstream of fifty requests a second with five percent errors, all finish, within its limit, and no agent waits more than three times its fair time",

  // What models cost, and what becomes of them
  "budget-at-once":
    "two hundred executions at once pass no budget together, and each that is refused says why",
  "leaving-is-paid":
    "a direct call whose caller leaves is booked, and its budget holds nothing for it any more",
  "usage-reconciles": "what is reported as used equals the sum of all executions, by agent, model and day",
  "cache-is-free":
    "a question that was answered before is answered again for nothing, unless the caller says no-cache",
  "fallback-takes-over":
    "a model that cannot be reached is followed by its fallback, and the execution says so",
  "filter-hides": "what the output filter redacts is neither streamed nor stored",
  "images-are-seen":
    "an image given to an agent is shown to a model that can see, and again with the question after it",
  "direct-calls":
    "models are asked directly for texts, objects, embeddings and images, whose addresses are signed",

  // kill -9
  "kill-final-state": "every accepted execution reaches a final state after a kill without being asked",
  "kill-whole-answer": "no stored answer repeats or lacks a fragment after a kill",
  "kill-once": "no tool with effect once runs twice across a kill",
  "kill-one-stream": "a client that follows the stream across a kill sees one consistent answer",
  "kill-index": "the index equals the objects' truth after a kill",
  "kill-usage": "what was booked equals the sum of all executions after a kill, to the micro-dollar",

  // Faults of the platform, of Redis and between them, while tasks flow
  "faults-streams-once": "every task sent to a stream has exactly one whole result, whatever died meanwhile",
  "faults-pubsub-accepted": "nothing that was accepted from a channel without memory is lost or done twice",

  // The New Fuse, through a real Redis
  "fuse-messages": "every message of the existing system is answered as the documentation says",
  "fuse-malformed": "messages that nobody can read are kept with the reason and stop nothing",
  "fuse-mixed-fleet": "existing agents and ours answer on the same channels, each its own tasks, once",
  "fuse-shadow": "in shadow mode only the existing agent is heard, and both are compared",
  "fuse-take-over":
    "an agent is taken over when the existing one gives no signs of life, and not before, and from then on answers",
  "fuse-canary": "of an existing agent that knows nothing of it, a share of the tasks is answered here",
  "fuse-roll-back": "what is unfinished is handed back to an existing agent that knows nothing of it",
  "fuse-import":
    "agents are made of what Redis tells of the existing ones, once, and change nothing for them",
  "fuse-state": "an agent's state is the same here and in Redis, whichever side changes it",
  "fuse-secret-unseen": "a secret sent end to end is in no file of Redis or ours, in no log and in no event",

  // Turns
  "idempotent-retry": "the same key with the same body returns the first answer and runs nothing twice",
  "idempotency-mismatch": "the same key with another body is refused",
  "cancel-model-step": "an execution is cancelled during a model step",
  "cancel-tool-step": "an execution is cancelled during a tool step",
  "two-readers": "two clients on one stream see the same chunks",
  "caller-leaves": "a caller who leaves, even while a turn is being accepted, takes nothing from its answer",
  "resume-after-one": "a client resumes a stream after its first chunk",
  "resume-after-all": "a client resumes a stream after its last chunk",
  "fifty-at-once": "fifty turns at once on one agent all complete, in the order in which they were accepted",
  "deleted-whole": "nothing of a deleted agent is left",

  "leaving-unnoticed": "an agent that leaves memory between calls loses and repeats nothing",

  // HTTP and identity
  "every-error": "every error code is answered as problem+json with its status",
  "malformed-bodies": "malformed bodies are refused and never break the server",
  isolation: "the ids of another workspace are not found, on every route",
  "bad-tokens":
    "tokens that are expired, unsigned, wrongly signed, for another audience or revoked are refused",
  "signed-requests":
    "a service that signs its requests is let in, and what was altered, or was sent before a crash, is not",
  "events-resume": "live events continue after the last one a client has seen",

  // Console
  "browser-chat": "an agent is created, asked and stopped in the browser",
  "browser-reload": "a page that is reloaded during a stream shows the stream continue",
  accessible: "no page has a serious accessibility issue",

  // Documentation
  "commands-run": "every command in the README and the guides works as written",
} as const;

export type RequirementId = keyof typeof requirements;

export const requirementIds = Object.keys(requirements) as RequirementId[];

/**
 * The title of a test that shows requirement `id` to be met; `aspect` tells several such tests apart.
 *
 *     it(requirement("two-readers", "one of them late"), async () => { … });
 */
export function requirement(id: RequirementId, aspect?: string): string {
  return `${id}: ${requirements[id]}${aspect === undefined ? "" : ` (${aspect})`}`;
}
