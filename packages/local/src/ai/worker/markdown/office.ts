/** Word and Excel (ECMA-376), and OpenDocument's text and tables (ISO/IEC 26300): ZIPs with XML in them. */
import { ZipArchive } from "./zip.ts";
import { mostCells, tableOf } from "./table.ts";
import { xmlParts } from "./xml.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** @throws Error in words for the one who gave the file */
async function fileOf(zip: ZipArchive, name: string): Promise<string> {
  const text = await zip.text(name);
  if (text === null) throw new Error("the file is damaged, or not what its name says");
  return text;
}

/** Levels of a list that are shown. */
const deepest = 8;

const indent = (level: number): string => "  ".repeat(Math.min(Math.max(0, level), deepest));

/** Tables in the making; one may stand in a cell of another. */
class Tables {
  readonly #open: { rows: string[][]; row: string[]; blanks: number; cell: string[] }[] = [];
  #cells = 0;

  get inCell(): boolean {
    return this.#open.length > 0;
  }

  open(): void {
    this.#open.push({ rows: [], row: [], blanks: 0, cell: [] });
  }

  /** A paragraph of the cell that is open. */
  say(text: string): void {
    this.#open.at(-1)?.cell.push(text);
  }

  /** `times` where one cell stands for several. @throws Error for more cells than a table may have */
  endCell(times = 1): void {
    const table = this.#open.at(-1);
    if (table === undefined) return;
    const text = table.cell.join(" ");
    table.cell = [];
    // Empty ones count once something follows them: sheets end in thousands.
    table.blanks += text === "" ? times : 0;
    if (text === "") return;
    this.#cells += table.blanks + times;
    if (this.#cells > mostCells) throw new Error("a table in it is too large");
    for (; table.blanks > 0; table.blanks -= 1) table.row.push("");
    for (let time = 0; time < times; time += 1) table.row.push(text);
  }

  endRow(): void {
    const table = this.#open.at(-1);
    if (table === undefined) return;
    if (table.row.length > 0) table.rows.push(table.row);
    table.row = [];
    table.blanks = 0;
  }

  close(): string {
    return tableOf(this.#open.pop()?.rows ?? []);
  }
}

export async function docxToMarkdown(bytes: Bytes): Promise<string> {
  const xml = await fileOf(new ZipArchive(bytes), "word/document.xml");
  const blocks: string[] = [];
  const tables = new Tables();
  let prefix = "";
  let text = "";
  let mark = "";
  let isText = false;
  const put = (block: string): void => {
    if (block === "") return;
    if (tables.inCell) tables.say(block);
    else blocks.push(block);
  };
  for (const part of xmlParts(xml)) {
    if (part.type === "text") {
      if (isText) text += mark === "" || part.text.trim() === "" ? part.text : `${mark}${part.text}${mark}`;
      continue;
    }
    const isOpen = part.type === "open";
    const value = part.type === "open" ? (part.attributes["w:val"] ?? "") : "";
    switch (part.name) {
      case "w:p":
        if (isOpen) [prefix, text] = ["", ""];
        else put(text.trim() === "" ? "" : prefix + text.trim().replace(/\*\*\*\*/g, ""));
        break;
      case "w:pStyle": {
        const level = /^(?:heading|berschrift|titre|t[ií]tulo)\s*(\d)/i.exec(value)?.[1];
        if (isOpen && level !== undefined) prefix = `${"#".repeat(Math.min(Number(level), 6))} `;
        else if (isOpen && /^title$/i.test(value)) prefix = "# ";
        break;
      }
      case "w:ilvl":
        if (isOpen && !prefix.startsWith("#")) prefix = `${indent(Number(value) || 0)}- `;
        break;
      case "w:r":
        mark = "";
        break;
      case "w:b":
        if (isOpen && value !== "0" && value !== "false") mark = "**";
        break;
      case "w:t":
        isText = isOpen;
        break;
      case "w:tab":
        if (isOpen) text += " ";
        break;
      case "w:br":
        if (isOpen) text += "\n";
        break;
      case "w:tbl":
        if (isOpen) tables.open();
        else put(tables.close());
        break;
      case "w:tc":
        if (!isOpen) tables.endCell();
        break;
      case "w:tr":
        if (!isOpen) tables.endRow();
        break;
      default:
    }
  }
  return joined(blocks);
}

/** Items of a list stand together; everything else is a paragraph. */
const joined = (blocks: readonly string[]): string =>
  blocks.reduce((all, block, at) => {
    const isItem = /^\s*- /.test(block) && /^\s*- /.test(blocks[at - 1] ?? "");
    return at === 0 ? block : `${all}${isItem ? "\n" : "\n\n"}${block}`;
  }, "");

/** 0 for A, 26 for AA. */
function columnOf(reference: string): number {
  let column = 0;
  for (const letter of /^[A-Z]+/.exec(reference)?.[0] ?? "A")
    column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

const maxColumns = 1_000;

export async function xlsxToMarkdown(bytes: Bytes): Promise<string> {
  const zip = new ZipArchive(bytes);
  const shared = sharedStrings((await zip.text("xl/sharedStrings.xml")) ?? "");
  const targets = new Map<string, string>();
  for (const part of xmlParts((await zip.text("xl/_rels/workbook.xml.rels")) ?? "")) {
    if (part.type !== "open" || part.name !== "Relationship") continue;
    const { Id: id, Target: target } = part.attributes;
    if (id !== undefined && target !== undefined) targets.set(id, target.replace(/^\/?(?:xl\/)?/, "xl/"));
  }
  const sheets: string[] = [];
  for (const part of xmlParts(await fileOf(zip, "xl/workbook.xml"))) {
    if (part.type !== "open" || part.name !== "sheet") continue;
    const xml = await zip.text(targets.get(part.attributes["r:id"] ?? "") ?? "");
    if (xml !== null)
      sheets.push(`## ${part.attributes["name"] ?? "Sheet"}\n\n${tableOf(rowsOfSheet(xml, shared))}`);
  }
  return sheets.join("\n\n");
}

function sharedStrings(xml: string): string[] {
  const strings: string[] = [];
  let text: string | null = null;
  let isText = false;
  for (const part of xmlParts(xml)) {
    if (part.type === "text") {
      if (isText && text !== null) text += part.text;
    } else if (part.name === "si") {
      if (part.type === "open") text = "";
      else strings.push(text ?? "");
    } else if (part.name === "t") isText = part.type === "open";
    // How a word is spoken in Japanese is no second word.
    else if (part.name === "rPh") isText = false;
  }
  return strings;
}

function rowsOfSheet(xml: string, shared: readonly string[]): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cells = 0;
  let column = 0;
  let type = "";
  let value = "";
  let isValue = false;
  for (const part of xmlParts(xml)) {
    if (part.type === "text") {
      if (isValue) value += part.text;
    } else if (part.name === "row") {
      if (part.type === "open") row = [];
      else if (row.some((text) => text !== "")) {
        cells += row.length;
        if (cells > mostCells) throw new Error("a table in it is too large");
        rows.push(Array.from(row, (text) => text ?? ""));
      }
    } else if (part.name === "c") {
      if (part.type === "open") {
        column = columnOf(part.attributes["r"] ?? "");
        type = part.attributes["t"] ?? "n";
        value = "";
      } else if (value !== "" && column < maxColumns) {
        row[column] =
          type === "s" ? (shared[Number(value)] ?? "") : type === "b" ? String(value === "1") : value;
      }
    } else if (part.name === "v" || part.name === "t") isValue = part.type === "open";
  }
  return rows;
}

/** Texts and tables alike: both may hold the other's parts. */
export async function openDocumentToMarkdown(bytes: Bytes): Promise<string> {
  const xml = await fileOf(new ZipArchive(bytes), "content.xml");
  const isSheet = xml.includes("<office:spreadsheet");
  const blocks: string[] = [];
  const tables = new Tables();
  let text: string | null = null;
  let prefix = "";
  let depth = 0;
  let repeated = 1;
  const put = (block: string): void => {
    if (block === "") return;
    if (tables.inCell) tables.say(block);
    else blocks.push(block);
  };
  for (const part of xmlParts(xml)) {
    if (part.type === "text") {
      if (text !== null) text += part.text;
      continue;
    }
    const attributes = part.type === "open" ? part.attributes : null;
    switch (part.name) {
      case "text:h":
      case "text:p":
        if (attributes !== null) {
          const level = part.name === "text:h" ? Number(attributes["text:outline-level"] ?? 1) : 0;
          prefix =
            level > 0 ? `${"#".repeat(Math.min(level, 6))} ` : depth > 0 ? `${indent(depth - 1)}- ` : "";
          text = "";
        } else {
          const said: string = (text ?? "").trim();
          put(said === "" ? "" : prefix + said);
          text = null;
        }
        break;
      case "text:list":
        depth += attributes === null ? -1 : 1;
        break;
      case "text:s":
      case "text:tab":
        if (attributes !== null && text !== null) text += " ";
        break;
      case "text:line-break":
        if (attributes !== null && text !== null) text += "\n";
        break;
      case "table:table":
        if (attributes === null) put(tables.close());
        else {
          const name = attributes["table:name"];
          if (isSheet && name !== undefined) blocks.push(`## ${name}`);
          tables.open();
        }
        break;
      case "table:table-cell":
        if (attributes === null) tables.endCell(repeated);
        else repeated = Math.min(Number(attributes["table:number-columns-repeated"] ?? 1) || 1, maxColumns);
        break;
      case "table:table-row":
        if (attributes === null) tables.endRow();
        break;
      default:
    }
  }
  return joined(blocks);
}
