import type { ConnectionStatus } from "@orrery/client";
import { writable } from "svelte/store";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Line } from "./line.svelte.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function watched(status: ConnectionStatus) {
  const connection = writable(status);
  const line = new Line();
  return { line, connection, leave: line.follow(connection) };
}

test("a line is lost once it has been broken for three seconds, and not before", () => {
  const { line, connection } = watched("open");
  connection.set("reconnecting");
  vi.advanceTimersByTime(2_999);
  expect(line.lost).toBe(false);
  vi.advanceTimersByTime(1);
  expect(line.lost).toBe(true);
  connection.set("open");
  expect([line.lost, line.returns]).toEqual([false, 1]);
});

test("a short break is no loss, and a return all the same", () => {
  const { line, connection } = watched("open");
  connection.set("reconnecting");
  connection.set("open");
  vi.advanceTimersByTime(10_000);
  expect([line.lost, line.returns]).toEqual([false, 1]);
});

test("the first connection is no return", () => {
  const { line, connection } = watched("connecting");
  connection.set("open");
  expect(line.returns).toBe(0);
});

test("nothing is said of a line that nobody watches any more", () => {
  const { line, connection, leave } = watched("open");
  connection.set("reconnecting");
  leave();
  vi.advanceTimersByTime(10_000);
  expect(line.lost).toBe(false);
});
