import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { searchNameOf, searchTextOf } from "./name-search.ts";

const finds = (query: string, name: string): boolean => {
  const text = searchTextOf(query);
  return text !== null && searchNameOf(name).includes(text);
};

describe("a query", () => {
  it.each([
    ["lib", "Librarian"],
    ["bar", "foo-bar baz"],
    ["bar baz", "foo-bar baz"],
    ["foo-bar", "foo-bar baz"],
    ["foo_b", "Foo_Bar"],
    ["übersetzer", "ÜBERSETZER für Verträge"],
    ["VERTRÄ", "Übersetzer für Verträge"],
    ["привет", "ПРИВЕТ, мир"],
    ["мир", "ПРИВЕТ, мир"],
    ["ελλ", "Βιβλία ΕΛΛΗΝΙΚΆ"],
    ["ΣΟΦΟΣ", "Σοφόσ σοφοσύνη ΣΟΦΟΣΤ"],
    ["हिन्दी", "सहायक हिन्दी"],
    ["e\u0301lan", "Élan"],
    ["c++", "C++ helper"],
    ["🚀", "🚀 Rocket"],
    ["rocket", "$rocket"],
    ["x".repeat(120), `A ${"x".repeat(120)}`],
    ["é".repeat(60), `A ${"É".repeat(60)}`],
  ])("%j finds %j", (query, name) => {
    expect(finds(query, name)).toBe(true);
  });

  it.each([
    ["ar", "foo-bar baz"],
    ["foo baz", "foo-bar baz"],
    ["%", "100 agents"],
    ["_", "foo_bar"],
    ["--", "foo-bar"],
    ["librarians", "Librarian"],
  ])("%j does not find %j", (query, name) => {
    expect(finds(query, name)).toBe(false);
  });
});

describe("the names of before there were search forms", () => {
  const folder = join(import.meta.dirname, "../../migrations");
  const migrate = (database: DatabaseSync, from: string, to: string): void => {
    for (const file of readdirSync(folder).toSorted()) {
      if (file >= from && file < to) database.exec(readFileSync(join(folder, file), "utf8"));
    }
  };

  it("are found by the same queries once the migration has run", () => {
    const database = new DatabaseSync(":memory:");
    migrate(database, "0001", "0008");
    const names = [
      "Librarian",
      "foo-bar baz",
      "  Foo_Bar — (two)  ",
      "ÜBERSETZER für Verträge",
      "ПРИВЕТ, Ёлка",
      "ΕΛΛΗΝΙΚΑ",
      "日本語　アシスタント",
      "x",
      "É".repeat(120),
      `a${"-".repeat(118)}b`,
    ];
    const insert = database.prepare(
      `INSERT INTO agents (id, workspace_id, tag, name, application, status, settings, version)
       VALUES (?, 'w', 't', ?, 'assistant', 'active', '{}', 1)`,
    );
    for (const [index, name] of names.entries()) insert.run(String(index), name);
    migrate(database, "0008", "0009");
    const rows = database.prepare("SELECT name, search_name FROM agents ORDER BY id").all();
    expect(rows.map((row) => [row["name"], row["search_name"]])).toEqual(
      names.map((name) => [name, searchNameOf(name)]),
    );
  });
});
