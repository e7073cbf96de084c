import { InvalidArgumentError } from "commander";
import type { CreateToken } from "@orrery/client";
import { Argument, Option, defineCommand, gathered } from "../command.ts";
import { parseDuration } from "../output/units.ts";
import { UsageError } from "../failure.ts";

const scopes = ["agents:read", "agents:write", "executions:run", "admin"] as const;

interface Options {
  scope?: string[];
  kind?: NonNullable<CreateToken["kind"]>;
  expiresIn?: number;
}

const isScope = (text: string): text is (typeof scopes)[number] =>
  (scopes as readonly string[]).includes(text);

export const create = defineCommand<[name: string], Options>({
  name: "create",
  summary: "make an API key or a JWT",
  description:
    "Makes a token and prints its secret, alone, on standard output: it is shown this once. Needs the scope admin.",
  arguments: [new Argument("<name>", "what it is for")],
  options: [
    gathered(new Option("--scope <scope>", `one of ${scopes.join(", ")}; may be repeated (all but admin)`)),
    new Option("--kind <kind>", "what to make (api-key)").choices(["api-key", "jwt"]),
    new Option("--expires-in <time>", "such as 12h or 30d; at most a year").argParser((text: string) => {
      const seconds = parseDuration(text);
      if (seconds === undefined || seconds < 60 || seconds > 31_536_000) {
        throw new InvalidArgumentError("Expected a time from 60s to 365d, such as 12h or 30d.");
      }
      return seconds;
    }),
  ],
  examples: [
    ["orrery token create ci --scope executions:run --expires-in 30d", "a key for a machine"],
    ["export ORRERY_TOKEN=$(orrery token create me)", "a key for this shell"],
  ],
  async run(session, options, name) {
    const asked = options.scope ?? ["agents:read", "agents:write", "executions:run"];
    const wrong = asked.find((scope) => !isScope(scope));
    if (wrong !== undefined)
      throw new UsageError(`There is no scope ${wrong}; there are ${scopes.join(", ")}.`);
    const token = await session.client.tokens.create({
      name,
      scopes: asked.filter(isScope),
      ...(options.kind !== undefined && { kind: options.kind }),
      ...(options.expiresIn !== undefined && { expiresIn: options.expiresIn }),
    });
    session.remark(
      `${token.kind} ${token.id}: ${token.scopes.join(", ")}; ${token.expiresAt === null ? "it does not expire" : `it expires ${token.expiresAt}`}. The secret is shown this once:`,
    );
    session.show(token, () => `${token.secret}\n`);
  },
});
