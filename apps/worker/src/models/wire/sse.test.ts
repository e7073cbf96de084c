import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventParser } from "./sse.ts";

/** The data of all events when the text comes in these pieces. */
function parse(...pieces: string[]): string[] {
  const parser = new EventParser();
  const events: string[] = [];
  for (const piece of pieces) parser.push(piece, (data) => events.push(data));
  parser.end((data) => events.push(data));
  return events;
}

describe("EventParser", () => {
  it("reads one event for each blank line", () => {
    expect(parse("data: one\n\ndata: two\n\n")).toEqual(["one", "two"]);
  });

  it("takes lines that end in CR LF", () => {
    expect(parse("data: one\r\n\r\ndata: two\r\n\r\n")).toEqual(["one", "two"]);
  });

  it("skips comments and the fields it has no use for", () => {
    expect(parse(": ping\n\nevent: delta\nid: 7\nretry: 10\ndata: one\n\n:\n\n")).toEqual(["one"]);
  });

  it("joins the lines of one event and takes off one space only", () => {
    expect(parse("data:  a\ndata:b\ndata\n\n")).toEqual([" a\nb\n"]);
  });

  it("does not mistake other fields for data", () => {
    expect(parse("database: no\ndata-x: no\n\n")).toEqual([]);
  });

  it("hands over an event whose closing blank line never came", () => {
    expect(parse("data: [DONE]")).toEqual(["[DONE]"]);
  });

  it("finds the same events however the stream is cut", () => {
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, ""));
    const events = fc.array(fc.record({ data: line, crlf: fc.boolean() }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(events, fc.array(fc.nat(200), { maxLength: 12 }), (sent, cuts) => {
        const stream = sent.map(({ data, crlf }) => `data: ${data}${crlf ? "\r\n\r\n" : "\n\n"}`).join("");
        const at = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
        const pieces = at.slice(1).map((end, index) => stream.slice(at[index], end));
        expect(parse(...pieces)).toEqual(sent.map(({ data }) => data));
      }),
    );
  });
});
