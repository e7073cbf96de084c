/** From messages that wait to what is written of them. */
import { OrreryError } from "@orrery/protocol";
import type { ErrorCode } from "@orrery/protocol";
import type { Keyring } from "../../../security/index.ts";
import { audienceOf, namesOf, sharedNamesOf } from "../bridge-names.ts";
import type { BridgeSettings } from "../bridge-settings.ts";
import { wellFormed } from "./well-formed.ts";
import type { Waiting } from "./outbox.ts";
import type { Ready } from "./ready.ts";

export interface PrepareParts {
  readonly settings: () => BridgeSettings;
  readonly keyring: () => Keyring;
  /** The last message that may have been written while guards were called as those of all bridges of the namespace. */
  readonly sharedUntil: number;
}

/** One whose text could not be made: for good, or (where `passing`) for now. */
export interface Unready {
  readonly message: Waiting;
  readonly passing: boolean;
  readonly error: unknown;
}

/** By what a message's channel is known in the outbox. */
export const placeOf = (message: Waiting): string => message.channel ?? message.role;

/** What is wrong with a message, and not with what signs it. */
const ofTheMessage: ReadonlySet<ErrorCode> = new Set(["invalid_request", "payload_too_large"]);

/**
 * The messages as they go out, each by itself. One that fails for now keeps those behind it in its channel waiting, and
 * no others; one that fails for good keeps nothing.
 */
export async function prepare(
  messages: readonly Waiting[],
  parts: PrepareParts,
): Promise<{ ready: Ready[]; unready: Unready[] }> {
  const made = await Promise.all(messages.map((message) => readyOf(message, parts)));
  const waiting = new Set<string>();
  const ready: Ready[] = [];
  const unready: Unready[] = [];
  for (const one of made) {
    if (waiting.has(placeOf(one.message))) continue;
    if ("text" in one) ready.push(one);
    else {
      unready.push(one);
      if (one.passing) waiting.add(placeOf(one.message));
    }
  }
  return { ready, unready };
}

async function readyOf(message: Waiting, parts: PrepareParts): Promise<Ready | Unready> {
  const settings = parts.settings();
  const { name, mode, signing, maxLength } = settings.channels[message.role];
  const channel = message.channel ?? name;
  const names = message.seq <= parts.sharedUntil ? sharedNamesOf(settings) : namesOf(settings);
  try {
    const text =
      signing === "off"
        ? wellFormed(message.value)
        : await signed(message, audienceOf(settings, channel), parts.keyring());
    return {
      message,
      channel,
      mode,
      // What is still to be done is not to be pushed out of its stream by what comes after it.
      maxLength: message.role === "tasks" ? null : maxLength,
      text,
      prefix: names.prefix,
    };
  } catch (error) {
    const passing = !(error instanceof OrreryError && ofTheMessage.has(error.code));
    return { message, passing, error };
  }
}

/** @throws OrreryError `invalid_request` for what is no JSON, or as {@link Keyring.signMessage} */
async function signed({ value, signAs }: Waiting, to: string, keyring: Keyring): Promise<string> {
  const signer = signAs === null ? undefined : { agentId: signAs };
  return JSON.stringify(await keyring.signMessage(fieldsOf(value), signer, to));
}

function fieldsOf(value: string): Record<string, unknown> {
  try {
    return JSON.parse(wellFormed(value)) as Record<string, unknown>;
  } catch (cause) {
    throw new OrreryError("invalid_request", "It is no JSON", { cause });
  }
}
