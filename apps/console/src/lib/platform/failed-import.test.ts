import { expect, test } from "vitest";
import { isFailedImport } from "./failed-import.ts";

test.each([
  "Failed to fetch dynamically imported module: http://127.0.0.1:8787/_app/immutable/nodes/4.abc.js",
  "error loading dynamically imported module: http://127.0.0.1:8787/_app/immutable/nodes/4.abc.js",
  "Importing a module script failed.",
  "Unable to preload CSS for /_app/immutable/assets/4.abc.css",
])("%s means that a part of the console could not be loaded", (message) => {
  expect(isFailedImport(new TypeError(message))).toBe(true);
});

test("any other error is the page's own", () => {
  expect(isFailedImport(new TypeError("undefined is not a function"))).toBe(false);
  expect(isFailedImport("Importing a module script failed.")).toBe(false);
});
