/** Cells of one table, empty ones counted, and characters of all of them. */
export const mostCells = 1_000_000;
const mostCharacters = 32_000_000;

const cell = (text: string): string =>
  text
    // White space is looked at from where it begins.
    .replace(/(?<!\s)\s*\n\s*/g, " ")
    .replaceAll("|", "\\|")
    .trim();

/**
 * A Markdown table; the first row is its head. Rows may differ in length. Empty where there are none.
 * @throws Error in words for the one who gave the file, where it would be too large: one wide row makes all of them wide
 */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const [head, ...body] = rows;
  if (head === undefined || width === 0) return "";
  const characters = rows.reduce((sum, row) => sum + row.reduce((all, text) => all + text.length, 0), 0);
  if (width * rows.length > mostCells || characters > mostCharacters) {
    throw new Error("a table in it is too large");
  }
  const line = (row: readonly string[]): string =>
    `| ${Array.from({ length: width }, (_, at) => cell(row[at] ?? "")).join(" | ")} |`;
  return [
    line(head),
    `| ${Array.from({ length: width }, () => "---").join(" | ")} |`,
    ...body.map(line),
  ].join("\n");
}

/** RFC 4180, with any of the usual separators. */
export function rowsOfCsv(text: string): string[][] {
  const [first = ""] = text.split("\n", 1);
  const separator = [",", ";", "\t", "|"]
    .map((one) => ({ one, count: first.split(one).length }))
    .reduce((best, next) => (next.count > best.count ? next : best)).one;
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let quoted = false;
  const endField = (): void => {
    row.push(field);
    field = "";
  };
  const endRow = (): void => {
    endField();
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  };
  const source = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  for (let at = 0; at < source.length; at += 1) {
    const letter = source[at] ?? "";
    if (quoted) {
      if (letter !== '"') field += letter;
      else if (source[at + 1] === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (letter === '"' && field === "") quoted = true;
    else if (letter === separator) endField();
    else if (letter === "\n") endRow();
    else field += letter;
  }
  if (field !== "" || row.length > 0) endRow();
  return rows;
}
