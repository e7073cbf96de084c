import { OrreryError } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { failureDetail, failureWords, notThere, replyCode, saysRedis } from "./failures.ts";

describe("why something failed", () => {
  test.each([
    [
      "WRONGPASS invalid username-password pair or user is disabled.",
      "refused the user name or the password",
    ],
    ["NOAUTH Authentication required.", "asks for a password"],
    ["NOPERM User bridge has no permissions to run the 'xadd' command", "look at the user's ACL"],
    ["READONLY You can't write against a read only replica.", "can only be read"],
    ["OOM command not allowed when used memory > 'maxmemory'.", "no memory left"],
    ["LOADING Redis is loading the dataset in memory", "reading its data"],
    ["WRONGTYPE Operation against a key holding the wrong kind of value", "is no stream"],
    ["no Redis answers there", "no Redis answers at this address"],
    ["All sentinels are unreachable, or know no such master", "No sentinel can be reached"],
    ["Socket timeout. Expecting data, but didn't receive any in 4000ms.", "did not answer in time"],
    ["Connection is closed.", "was cut"],
  ])("%s", (message, words) => expect(failureWords(new Error(message))).toContain(words));

  test("holds nothing of what was sent", () => {
    const error = new Error("ERR unknown command 'XAUTOCLAIM', with args beginning with: 'secret' 'words'");
    expect(failureWords(error)).toBe("Redis refused a command: unknown command 'XAUTOCLAIM'");
    expect(failureWords(new Error("could not reach redis://user:hunter2@host"))).not.toContain("hunter2");
  });

  test("is told to the log as it was said", () => {
    const refused = new Error("connect ECONNREFUSED 10.0.0.1:22");
    expect(failureWords(notThere(refused))).not.toContain("10.0.0.1");
    expect(failureDetail(notThere(refused))).toBe("no Redis answers there: connect ECONNREFUSED 10.0.0.1:22");
  });

  test("is said in our own words where these are ours", () => {
    expect(failureWords(new OrreryError("not_found", "The key is gone"))).toBe("The key is gone");
  });
});

test("what Redis says is told from what the network says of it", () => {
  expect(saysRedis(new Error("NOAUTH Authentication required."))).toBe(true);
  expect(saysRedis(new Error("connect ECONNREFUSED 10.0.0.1:22"))).toBe(false);
  expect(saysRedis(new Error('Protocol error, got "S" as reply type byte.'))).toBe(false);
});

test("only Redis's own errors have a code", () => {
  expect(replyCode(new Error("NOSCRIPT No matching script."))).toBe("NOSCRIPT");
  expect(replyCode(new Error("Connection is closed."))).toBeNull();
  expect(replyCode("NOSCRIPT")).toBeNull();
});
