import { ApiError, ConnectionError } from "@orrery/client";
import { describe, expect, test } from "vitest";
import { explain, failureLine } from "./explain.ts";

type Code = ConstructorParameters<typeof ApiError>[0]["code"];

const refused = (code: Code, status: number, detail: string) => new ApiError({ code, status, detail });

describe("a failure in words", () => {
  test("of another service names whoever the caller knows it to be, and else nobody", () => {
    const error = refused("upstream_failed", 502, "there is no connection to Redis");
    expect(explain(error)).toMatchObject({
      title: "Another service failed",
      advice: "There is no connection to Redis.",
    });
    expect(explain(error, { upstream: "The model's provider" }).title).toBe("The model's provider failed");
    expect(explain(refused("upstream_timeout", 504, "late"), { upstream: "Redis" }).title).toBe(
      "Redis did not answer in time",
    );
  });

  test("of something that is not there says what", () => {
    const error = refused("not_found", 404, "no such agent");
    expect(explain(error, { thing: "agent" }).title).toBe("This agent does not exist");
    expect(explain(error).title).toBe("Not found");
  });

  test("of a token that may not is a sentence before the advice", () => {
    expect(explain(refused("forbidden", 403, "this takes the scope agents:write")).advice).toBe(
      "This takes the scope agents:write. Ask an administrator of the workspace for a token with more scopes.",
    );
  });

  test("of the line away from one's own machine speaks of no commands", () => {
    const line = failureLine(new ConnectionError("unreachable", "no answer"));
    expect(line).toMatch(/^Cannot reach Orrery\. /);
    expect(line).not.toContain("npm start");
  });
});
