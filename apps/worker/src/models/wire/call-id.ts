/** The ids of tool calls: those that models do not give, and those that a wire does not take. */
import { createHash } from "node:crypto";

/** What OpenAI takes: it refuses a longer one. */
const chat = /^.{1,40}$/s;
/** What Anthropic takes. */
const anthropic = /^[\w-]+$/;

/** The id that a model gave its call, or where it gave none, a new one that every wire takes. */
export const callIdFrom = (given: string | undefined): string =>
  given === undefined || given === "" ? `call_${crypto.randomUUID().replaceAll("-", "")}` : given;

/** The id itself where the wire takes it, else one made of its hash: a call's and its result's are the same. */
const callIdFor = (taken: RegExp, id: string): string =>
  taken.test(id) ? id : `call_${createHash("sha256").update(id).digest("hex").slice(0, 32)}`;

export const chatCallId = (id: string): string => callIdFor(chat, id);
export const anthropicCallId = (id: string): string => callIdFor(anthropic, id);
