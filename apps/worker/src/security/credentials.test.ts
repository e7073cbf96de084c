import { OrreryError } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { assertSameSite, credentialsOf as credentialsIn } from "./credentials.ts";

const request = (query: string, headers: Record<string, string> = {}, method = "GET") =>
  new Request(`https://orrery.example/api/v1/events${query}`, { headers, method });

/** The credentials of a request to an address that may open by itself, or may not. */
const credentialsOf = (sent: Request, mayOpen = true) => credentialsIn(sent, () => mayOpen);

const code = (attempt: () => unknown): string => {
  try {
    attempt();
    return "none";
  } catch (error) {
    return error instanceof OrreryError ? error.code : "defect";
  }
};

test("the header comes first, then the address, then Access", () => {
  const all = { authorization: "bearer abc", "cf-access-jwt-assertion": "eyJ", accept: "text/event-stream" };
  expect(credentialsOf(request("?ticket=t", all))).toEqual({ kind: "token", token: "abc", ambient: false });
  const { authorization: _, ...rest } = all;
  expect(credentialsOf(request("?ticket=t", rest))).toEqual({ kind: "ticket", ticket: "t" });
  expect(credentialsOf(request("", rest))).toEqual({ kind: "token", token: "eyJ", ambient: true });
});

test.each(["Basic YTpi", "Bearer", "Bearer a b", "Bearer a,b", "abc"])("%s is no bearer", (authorization) => {
  expect(code(() => credentialsOf(request("", { authorization })))).toBe("unauthenticated");
});

test("a token in the address is refused even beside a good header", () => {
  expect(code(() => credentialsOf(request("?token=x", { authorization: "Bearer y" })))).toBe(
    "invalid_request",
  );
});

test("an address opens nothing but sockets and event streams, whatever the request says of itself", () => {
  const pretends = { accept: "text/event-stream", upgrade: "websocket" };
  expect(code(() => credentialsOf(request("?ticket=x")))).toBe("none");
  expect(code(() => credentialsOf(request("?token=x", pretends)))).toBe("none");
  expect(code(() => credentialsOf(request("?ticket=x", pretends), false))).toBe("invalid_request");
  expect(code(() => credentialsOf(request("?token=x", pretends), false))).toBe("invalid_request");
  expect(code(() => credentialsOf(request("?token=x"), true))).toBe("invalid_request");
});

describe("a session that browsers send by themselves", () => {
  const from = (origin: string, method: string, more = {}) => request("", { origin, ...more }, method);

  test("may read from anywhere, and write from here", () => {
    expect(code(() => assertSameSite(from("https://evil.example", "GET")))).toBe("none");
    expect(code(() => assertSameSite(from("https://orrery.example", "POST")))).toBe("none");
    expect(code(() => assertSameSite(request("", {}, "POST")))).toBe("none");
  });

  test("may neither write nor open a socket from elsewhere", () => {
    expect(code(() => assertSameSite(from("https://evil.example", "POST")))).toBe("forbidden");
    expect(code(() => assertSameSite(from("null", "DELETE")))).toBe("forbidden");
    const socket = from("https://evil.example", "GET", { upgrade: "websocket" });
    expect(code(() => assertSameSite(socket))).toBe("forbidden");
  });
});
