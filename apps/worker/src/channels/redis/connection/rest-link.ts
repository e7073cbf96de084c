/** Redis over HTTPS, in the form of Upstash: a command is a JSON array, a pipeline an array of these. */
import type { RedisAddress } from "@orrery/protocol";
import { z } from "zod";
import { silenceMs } from "./contract.ts";
import type { Command, RedisConnection, RedisLink } from "./contract.ts";
import { RestSubscription } from "./rest-subscription.ts";
import { notThere } from "./failures.ts";
import type { WaysOut } from "./ways-out.ts";

type RestAddress = Extract<RedisAddress, { kind: "rest" }>;

/** https://upstash.com/docs/redis/features/restapi */
const Refusal = z.object({ error: z.string() });
const Answer = z.union([Refusal, z.object({ result: z.unknown() })]);
const Answers = z.array(Answer);

const valueOf = (answer: z.infer<typeof Answer>): unknown =>
  "error" in answer ? new Error(answer.error) : answer.result;

/** Characters of an answer: as many as are read of streams at once, twice over, since JSON escapes some. */
const longestAnswer = 32 * 1024 * 1024;

/** Opens a link, which is not more than to see whether it is answered. @throws Error where it is not */
export async function openRestLink(address: RestAddress, ways: WaysOut): Promise<RedisLink> {
  const root = address.url.replace(/\/+$/, "");
  const { network } = ways.to(new URL(root).hostname);
  const { promise: lost, resolve: ended } = Promise.withResolvers<Error>();
  let closed = false;

  /** @throws Error where it is not answered, or by what is no Redis */
  async function ask(
    path: string,
    { body, accept, signal }: { body?: unknown; accept?: string; signal: AbortSignal },
  ): Promise<Response> {
    if (closed) throw new Error("Connection is closed.");
    const request = {
      method: "POST",
      headers: {
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(accept !== undefined && { accept }),
        ...(address.token !== undefined && { authorization: `Bearer ${address.token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // Whoever answers with a redirect is not who was given the token.
      redirect: "manual" as const,
      signal,
    };
    const response = await (network === null
      ? fetch(`${root}${path}`, request)
      : network.fetch(`${root}${path}`, request));
    if (response.status === 200 || response.status === 400) return response;
    // Others ask for tokens, too: it is Redis's word only where it is said as Redis does.
    if (response.status === 401 || response.status === 403) {
      read(await textOf(response), Refusal);
      throw new Error(address.token === undefined ? "NOAUTH" : "WRONGPASS");
    }
    await response.body?.cancel();
    throw notThere();
  }

  async function post<Body>(path: string, body: unknown, form: z.ZodType<Body>): Promise<Body> {
    try {
      const response = await ask(path, { body, signal: AbortSignal.timeout(silenceMs) });
      return read(await textOf(response), form);
    } catch (error) {
      const reason =
        error instanceof Error && error.name === "TimeoutError" ? new Error("it did not answer") : error;
      ended(reason instanceof Error ? reason : new Error(String(reason)));
      throw reason;
    }
  }

  const commands: RedisConnection = {
    async call(command) {
      const value = valueOf(await post("", command, Answer));
      if (value instanceof Error) throw value;
      return value;
    },
    async pipeline(list: readonly Command[]) {
      if (list.length === 0) return [];
      return (await post("/pipeline", list, Answers)).map(valueOf);
    },
  };
  const subscriptions = new Set<RestSubscription>();
  await commands.call(["PING"]);
  return {
    commands,
    anySlots: true,
    blocking: false,
    lost,
    reader: () => Promise.resolve(commands),
    async subscribe(channels, hear) {
      const subscription = new RestSubscription({ ask, commands, hear, lost: ended });
      subscriptions.add(subscription);
      await subscription.listen(channels);
      return subscription;
    },
    close(reason) {
      closed = true;
      if (reason !== undefined) ended(reason);
      for (const subscription of subscriptions) subscription.end();
    },
  };
}

/** @throws Error where it is longer than anything that was asked for */
async function textOf(response: Response): Promise<string> {
  let text = "";
  if (response.body === null) return text;
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.length > longestAnswer) throw notThere();
  }
  return text;
}

function read<Body>(text: string, form: z.ZodType<Body>): Body {
  try {
    return form.parse(JSON.parse(text));
  } catch (error) {
    throw notThere(error);
  }
}
