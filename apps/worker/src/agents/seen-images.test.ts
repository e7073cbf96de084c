import { expect, test } from "vitest";
import { createGateway } from "../models/gateway.ts";
import { canSee, imagesAmong, userMessage } from "./seen-images.ts";

test("images are shown to models that see, and under a routing name where there is one that does", () => {
  const offline = createGateway({});
  const keyed = createGateway({ OPENAI_API_KEY: "k" });
  expect(["auto", "auto:cheap", "offline/extract", "no/such"].map((name) => canSee(offline, name))).toEqual([
    false,
    false,
    false,
    false,
  ]);
  expect(["auto", "auto:code", "openai/gpt-4o"].map((name) => canSee(keyed, name))).toEqual([
    true,
    true,
    true,
  ]);
});

const image = (id: string, mediaType = "image/png") => ({ id, name: id, mediaType, size: 1 });

test("the newest four pictures are shown, and nothing that is none", () => {
  const given = [
    image("a"),
    image("svg", "image/svg+xml"),
    image("pdf", "application/pdf"),
    ...["b", "c", "d", "e"].map((id) => image(id)),
  ];
  expect(imagesAmong(given).map(({ id }) => id)).toEqual(["b", "c", "d", "e"]);
});

test("what was said comes with its pictures, and pictures alone are enough", async () => {
  const read = async () => new Uint8Array([1]);
  expect(await userMessage("Look", [], read)).toEqual({ role: "user", content: "Look" });
  const { content } = await userMessage("", [image("a")], read);
  expect(content).toMatchObject([{ type: "file", mediaType: "image/png", filename: "a" }]);
});
