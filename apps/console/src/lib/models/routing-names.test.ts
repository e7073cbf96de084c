import { describe, expect, test } from "vitest";
import { isRoutingName, routingChoices } from "./routing-names.ts";

const names = (...words: string[]) => routingChoices(words).map(({ name }) => name);

describe("routing names", () => {
  test("are the plain four until something is typed", () => {
    expect(names("")).toEqual(["auto", "auto:fast", "auto:cheap", "auto:best"]);
  });

  test("offer tasks once one is named, and preferences by what they mean", () => {
    expect(names("sql")).toEqual(["auto:sql", "auto:fast:sql", "auto:cheap:sql", "auto:best:sql"]);
    expect(names("cheapest", "code")).toEqual(["auto:cheap:code"]);
    expect(names("fastest")[0]).toBe("auto:fast");
  });

  test("are told from models whose names merely begin alike", () => {
    expect(["auto", "auto:cheap:sql", "autogen/one", "openai/auto"].map(isRoutingName)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
