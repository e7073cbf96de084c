import { createClient, type OrreryClient } from "@orrery/client";
import type { Connection } from "./connection/connection.ts";
import { Interrupted } from "./failure.ts";
import { styleFor, type Style } from "./output/style.ts";
import { asTyped } from "./program-name.ts";
import { facts, table, type Column } from "./output/table.ts";
import type { Terminal } from "./terminal.ts";

/** What a command works with: the platform, the terminal, and how its answers are shown. */
export interface Session {
  readonly client: OrreryClient;
  readonly connection: Connection;
  readonly terminal: Terminal;
  /** Whether answers are JSON. */
  readonly json: boolean;
  readonly style: Style;
  /** Shows an answer: the value itself as one JSON document, or what `render` makes of it. */
  show(value: unknown, render: () => string): void;
  /** One JSON document on a line of its own: for answers that come bit by bit. */
  jsonLine(value: unknown): void;
  write(text: string): void;
  /** A remark that is no part of the answer; not in JSON. */
  remark(text: string): void;
  table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string;
  facts(entries: readonly [string, string | number | null | undefined][]): string;
}

export function openSession(terminal: Terminal, connection: Connection, options: { json: boolean }): Session {
  const { stdout, stderr, env } = terminal;
  const style = styleFor(stdout, env);
  const write = (text: string) => void stdout.write(text);
  return {
    client: createClient({
      baseUrl: connection.url,
      token: connection.token,
      retry: { attempts: 3 },
    }),
    connection,
    terminal,
    style,
    json: options.json,
    write,
    show: (value, render) => write(options.json ? `${JSON.stringify(value, null, 2)}\n` : render()),
    jsonLine: (value) => write(`${JSON.stringify(value)}\n`),
    remark: (text) => {
      if (!options.json) stderr.write(`${styleFor(stderr, env).dim(asTyped(text))}\n`);
    },
    table: (rows, columns) => table(rows, columns, { stream: stdout, style }),
    facts: (entries) => facts(entries, style),
  };
}

/**
 * Runs `work` until it ends or Ctrl-C aborts its signal.
 * @throws Interrupted it was stopped
 */
export async function interruptible<Answer>(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const controller = new AbortController();
  const off = terminal.onInterrupt(() => controller.abort(new Interrupted()));
  try {
    const answer = await work(controller.signal);
    controller.signal.throwIfAborted();
    return answer;
  } catch (error) {
    controller.signal.throwIfAborted();
    throw error;
  } finally {
    off();
  }
}
