/** Redis over HTTPS, in the form of Upstash: a command is a JSON array, a pipeline an array of these. */
import type { RedisAddress } from "@orrery/protocol";
import { z } from "zod";
import { silenceMs } from "./contract.ts";
import type { Command, RedisConnection, RedisLink } from "./contract.ts";

type RestAddress = Extract<RedisAddress, { kind: "rest" }>;

/** https://upstash.com/docs/redis/features/restapi */
const Answer = z.union([z.object({ error: z.string() }), z.object({ result: z.unknown() })]);
const Answers = z.array(Answer);

const valueOf = (answer: z.infer<typeof Answer>): unknown =>
  "error" in answer ? new Error(answer.error.replace(/^ERR /, "")) : answer.result;

/** Opens a link, which is not more than to see whether it is answered. @throws Error where it is not */
export async function openRestLink(address: RestAddress, send: typeof fetch = fetch): Promise<RedisLink> {
  const root = address.url.replace(/\/+$/, "");
  const { promise: lost, resolve: ended } = Promise.withResolvers<Error>();
  let closed = false;

  async function post(path: string, body: unknown): Promise<unknown> {
    if (closed) throw new Error("Connection is closed.");
    try {
      const response = await send(`${root}${path}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(address.token !== undefined && { authorization: `Bearer ${address.token}` }),
        },
        body: JSON.stringify(body),
        // Whoever answers with a redirect is not who was given the token.
        redirect: "manual",
        signal: AbortSignal.timeout(silenceMs),
      });
      if (response.status === 401 || response.status === 403) {
        await response.body?.cancel();
        throw new Error(address.token === undefined ? "NOAUTH" : "WRONGPASS");
      }
      if (response.status !== 200 && response.status !== 400) {
        await response.body?.cancel();
        throw new Error(`the address answered with HTTP ${response.status}`);
      }
      return await response.json();
    } catch (error) {
      const reason =
        error instanceof Error && error.name === "TimeoutError" ? new Error("it did not answer") : error;
      ended(reason instanceof Error ? reason : new Error(String(reason)));
      throw reason;
    }
  }

  const commands: RedisConnection = {
    async call(command) {
      const value = valueOf(Answer.parse(await post("", command)));
      if (value instanceof Error) throw value;
      return value;
    },
    async pipeline(list: readonly Command[]) {
      if (list.length === 0) return [];
      return Answers.parse(await post("/pipeline", list)).map(valueOf);
    },
  };
  await commands.call(["PING"]);
  return {
    commands,
    anySlots: true,
    blocking: false,
    lost,
    reader: () => Promise.resolve(commands),
    subscribe: () => Promise.reject(new Error("the REST form serves streams only")),
    close() {
      closed = true;
    },
  };
}
