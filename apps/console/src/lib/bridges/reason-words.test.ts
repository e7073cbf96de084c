import { expect, test } from "vitest";
import { reasonWords } from "./reason-words.ts";

test.each([
  ["it is not JSON", "It is not JSON."],
  ["header.target: Invalid input: expected string, received undefined", "`header.target` is missing."],
  [
    "header.target: Invalid input: expected string, received undefined; body: Invalid input: expected object, received undefined",
    "`header.target` is missing. `body` is missing.",
  ],
  [
    "body.content: Invalid input: expected object, received string",
    "`body.content` is a string, not an object.",
  ],
  [
    'header.type: Invalid option: expected one of "TASK"|"SYSTEM"',
    '`header.type` must be one of "TASK", "SYSTEM".',
  ],
  ["message: Invalid input: expected object, received null", "The message is null, not an object."],
  [
    "header.version: Too big: expected string to have <=20 characters",
    "`header.version`: too big: expected string to have <=20 characters.",
  ],
  ["it cancels a task and does not say which", "It cancels a task and does not say which."],
])("%s reads %s", (reason, words) => {
  expect(reasonWords(reason)).toBe(words);
});
