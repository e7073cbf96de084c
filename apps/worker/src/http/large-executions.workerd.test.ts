/** Executions as large as they may be, and larger, over HTTP. */
import { expect, test } from "vitest";
import { bodyOf } from "./testing/client.ts";
import { newWorkspace } from "./testing/workspace.ts";

const workspace = newWorkspace();

async function agentWith(promptTemplate?: string): Promise<string> {
  const body = { name: "Reader", tools: [], ...(promptTemplate !== undefined && { promptTemplate }) };
  return `/agents/${String((await bodyOf(await workspace.call("POST", "/agents", { body })))["id"])}`;
}

test("an input of as many characters as there may be is answered, whatever their alphabet", async () => {
  const agent = await agentWith("Answer briefly: {{input}}");
  for (const letter of ["x", "界"]) {
    const body = { input: letter.repeat(400_000) };
    const response = await workspace.call("POST", `${agent}/executions`, { body });
    expect([response.status, (await bodyOf(response))["status"]]).toEqual([200, "completed"]);
  }
});

test("one that would be more on disk or in a prompt than there may be is refused in words", async () => {
  const twice = await agentWith("{{input}} {{context}}");
  const wide = { input: "界".repeat(400_000), variables: { context: "界".repeat(100_000) } };
  expect((await workspace.call("POST", `${twice}/executions`, { body: wide })).status).toBe(200);

  const multiplied = await agentWith("{{input}} {{input}} {{input}}");
  for (const body of [{ input: "x".repeat(400_000) }, { input: "界".repeat(320_000) }]) {
    const refused = await workspace.call("POST", `${multiplied}/executions`, { body });
    expect(await bodyOf(refused)).toMatchObject({
      status: 413,
      code: "payload_too_large",
      detail: expect.stringMatching(/\d{6,} (characters|bytes)/) as string,
    });
  }
});

test("parts are measured together", async () => {
  const agent = await agentWith();
  const parts = Array.from({ length: 16 }, () => ({ type: "text", text: "x".repeat(400_000) }));
  const refused = await workspace.call("POST", `${agent}/executions`, { body: { input: parts } });
  expect(await bodyOf(refused)).toMatchObject({ status: 422, errors: [{ path: "input" }] });
});
