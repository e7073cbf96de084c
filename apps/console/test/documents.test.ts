/** What an agent itself is given to read, in a real browser against the whole platform. */
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { openBrowser, resize, withoutBrowser } from "./support/browser.ts";
import { priceList, supplierAgreement } from "./support/demo-documents.ts";
import { patience, testedConsole } from "./support/tested-console.ts";

const text = (name: string, content: string | Buffer, mimeType = "text/markdown") => ({
  name,
  mimeType,
  buffer: Buffer.from(content),
});

describe.skipIf(withoutBrowser())("an agent's documents", () => {
  const tested = testedConsole();
  const { open } = tested;
  let page: Page;
  beforeEach(() => {
    ({ page } = tested);
  });

  const newAgent = (name: string) => tested.platform.client.agents.create({ name, model: "offline/extract" });

  const choose = async (...files: ReturnType<typeof text>[]) => {
    await page.locator("input[type=file]").setInputFiles(files);
  };

  const row = (name: string) => page.getByRole("row").filter({ hasText: name });

  test("are added, read in any conversation, downloaded and deleted", async () => {
    const agent = await newAgent("Librarian");
    await open(`/agents/${agent.id}`);
    await page.getByRole("navigation", { name: "Agent" }).getByRole("link", { name: "Documents" }).click();
    await page.getByRole("heading", { name: "No documents yet" }).waitFor();
    const picking = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Add documents" }).click();
    await (await picking).setFiles([text("agreement.md", supplierAgreement)]);
    await row("agreement.md").getByText("Markdown", { exact: true }).waitFor();
    await expect
      .poll(() => row("agreement.md").innerText(), patience)
      .toMatch(/2 KB\s+(just now|\d+ min\. ago)/);
    await page.getByText("agreement.md added").waitFor();

    await page.getByRole("navigation", { name: "Agent" }).getByRole("link", { name: "Chat" }).click();
    await page.getByLabel("Message to Librarian").fill("What is the penalty for a late delivery?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("listitem").getByText("contractual penalty of 0.5 %").last().waitFor();
    await page.getByRole("list", { name: "Sources" }).getByText("agreement.md").first().waitFor();

    await page.getByRole("navigation", { name: "Agent" }).getByRole("link", { name: "Documents" }).click();
    const arriving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download agreement.md" }).click();
    const download = await arriving;
    expect(download.suggestedFilename()).toBe("agreement.md");
    expect(await readFile(await download.path(), "utf8")).toBe(supplierAgreement);

    await page.getByRole("button", { name: "Delete agreement.md" }).press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Delete document" }).press("Enter");
    await page.getByRole("heading", { name: "No documents yet" }).waitFor();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent?.trim()), patience)
      .toBe("Add documents");
    expect((await tested.platform.client.documents.list(agent.id)).items).toEqual([]);
    expect(tested.complaints).toEqual([]);
  });

  test("are dropped anywhere on the page, and go on arriving while one looks at something else", async () => {
    const agent = await newAgent("Postbox");
    await open(`/agents/${agent.id}/documents`);
    await page.getByRole("heading", { name: "No documents yet" }).waitFor();
    const released = Promise.withResolvers<void>();
    await page.route("**/documents", async (route) => {
      if (route.request().method() === "POST") await released.promise;
      await route.continue();
    });
    const carried = await page.evaluateHandle(
      ([agreement, prices]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([agreement], "agreement.md"));
        transfer.items.add(new File([prices], "prices.csv", { type: "text/csv" }));
        return transfer;
      },
      [supplierAgreement, priceList] as const,
    );
    const target = page.getByRole("region", { name: "Documents", exact: true });
    await target.dispatchEvent("dragenter", { dataTransfer: carried });
    await page.getByText("Drop files for Postbox to read in every conversation").waitFor();
    await target.dispatchEvent("drop", { dataTransfer: carried });
    await page.getByText("Adding documents: 0 of 2").waitFor();

    await page.getByRole("navigation", { name: "Agent" }).getByRole("link", { name: "Chat" }).click();
    await page.getByLabel("Message to Postbox").waitFor();
    const asked = page.waitForEvent("dialog");
    await page.close({ runBeforeUnload: true });
    const question = await asked;
    expect(question.type()).toBe("beforeunload");
    await question.dismiss();
    released.resolve();
    await page.getByText("2 documents added").waitFor();
    await page.getByRole("navigation", { name: "Agent" }).getByRole("link", { name: "Documents" }).click();
    await row("prices.csv").getByText("CSV", { exact: true }).waitFor();
    await row("agreement.md").getByText("Markdown", { exact: true }).waitFor();
    expect(tested.complaints).toEqual([]);
  });

  test("that cannot be added say why, each for itself, and can be tried again", async () => {
    const agent = await newAgent("Choosy");
    await open(`/agents/${agent.id}/documents`);
    await page.getByRole("heading", { name: "No documents yet" }).waitFor();
    let away = true;
    await page.route("**/documents", (route) =>
      away && route.request().postData()?.includes("unlucky.md") ? route.abort() : route.continue(),
    );
    await choose(
      text("fine.md", "Fine."),
      text("unlucky.md", "Unlucky."),
      text("offer.docx", "PK", "application/zip"),
      text("huge.txt", Buffer.alloc(10 * 1024 * 1024 + 1, 97), "text/plain"),
    );
    const failures = page.getByRole("region", { name: "Files being added" });
    await failures.getByText("offer.docx cannot be read. Agents read PDF").waitFor();
    await failures.getByText("huge.txt is larger than 10 MB.").waitFor();
    await row("fine.md").waitFor();
    await failures.getByText("unlucky.md could not be added. Cannot reach Orrery.").waitFor();
    await failures.getByText("3 files could not be added").waitFor();

    away = false;
    await failures.getByRole("button", { name: "Try unlucky.md again" }).click();
    await row("unlucky.md").waitFor();
    await failures.getByRole("button", { name: "Dismiss all" }).click();
    await failures.waitFor({ state: "detached" });
    expect((await tested.platform.client.documents.list(agent.id)).items).toHaveLength(2);
  });

  test("are found by their names where there are many, on a telephone too", async () => {
    const agent = await newAgent("Archivist");
    await Promise.all(
      Array.from({ length: 120 }, (_, index) =>
        tested.platform.client.documents.add(agent.id, {
          name: `minutes-${String(index).padStart(3, "0")}.txt`,
          mediaType: "text/plain",
          data: new TextEncoder().encode(`What was said at meeting ${index}.`),
        }),
      ),
    );
    await resize(page, 375, 812);
    await open(`/agents/${agent.id}/documents`);
    const names = page.getByRole("row").getByText(/^minutes-/);
    await expect
      .poll(async () => {
        await names.last().scrollIntoViewIfNeeded();
        return names.count();
      }, patience)
      .toBe(120);
    await page.getByLabel("Search by name").fill("-077");
    await expect.poll(() => names.allInnerTexts(), patience).toEqual(["minutes-077.txt"]);
    await row("minutes-077.txt")
      .getByText(/Plain text · \d+ B · (just now|\d+ min\. ago)/)
      .waitFor();
    await page.getByLabel("Search by name").fill("zeppelin");
    await page.getByRole("button", { name: "Show all" }).click();
    await expect.poll(() => names.count(), patience).toBe(120);
    expect(tested.complaints).toEqual([]);
  });

  test("are only read and downloaded with a token that may not change the agent", async () => {
    const agent = await newAgent("On show");
    await tested.platform.client.documents.add(agent.id, {
      name: "agreement.md",
      mediaType: "text/markdown",
      data: new TextEncoder().encode(supplierAgreement),
    });
    const { secret } = await tested.platform.client.tokens.create({
      name: "Looker-on",
      kind: "api-key",
      scopes: ["agents:read"],
    });
    const stranger = await openBrowser();
    try {
      const visit = await stranger.context.newPage();
      await visit.goto(`${tested.platform.url}/agents/${agent.id}/documents#token=${secret}`);
      await visit.getByText("Adding and deleting documents requires a token with the scope").waitFor();
      expect(await visit.getByRole("button", { name: "Add documents" }).isDisabled()).toBe(true);
      expect(await visit.getByRole("button", { name: "Delete agreement.md" }).isDisabled()).toBe(true);
      const arriving = visit.waitForEvent("download");
      await visit.getByRole("button", { name: "Download agreement.md" }).click();
      expect((await arriving).suggestedFilename()).toBe("agreement.md");
    } finally {
      await stranger.close();
    }
  });

  test("of an agent without a tool to read them say so", async () => {
    const agent = await tested.platform.client.agents.create({ name: "Blind", tools: ["calculate"] });
    await open(`/agents/${agent.id}/documents`);
    await page.getByText("This agent has no tool to read documents with.").waitFor();
  });
});
