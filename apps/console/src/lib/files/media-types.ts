/** Media types that browsers often do not know, by the file's ending. */
const typesByEnding: Record<string, string> = {
  md: "text/markdown",
  markdown: "text/markdown",
  csv: "text/csv",
  json: "application/json",
  txt: "text/plain",
  log: "text/plain",
  html: "text/html",
  pdf: "application/pdf",
};

/** What stands behind the last dot of a name, in lower case; empty where nothing does. */
export const endingOf = (name: string): string => /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";

/** What a file is: as the browser says, else by its ending, else plain text. */
export const mediaTypeOf = ({ name, type }: Pick<File, "name" | "type">): string =>
  type || typesByEnding[endingOf(name)] || "text/plain";
