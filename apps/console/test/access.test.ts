/** Tokens: whose they are, what they allow, and the moment in which they are shown. */
import type { Page } from "playwright-core";
import { beforeEach, describe, expect, test } from "vitest";
import { openBrowser, resize, withoutBrowser } from "./support/browser.ts";
import { patience, testedConsole } from "./support/tested-console.ts";

describe.skipIf(withoutBrowser())("access", () => {
  const tested = testedConsole();
  const { open } = tested;
  let page: Page;
  beforeEach(() => {
    ({ page } = tested);
  });

  const newToken = async (name: string, scopes: ("admin" | "agents:read")[]) =>
    tested.platform.client.tokens.create({ name, kind: "api-key", scopes });

  test("a secret is not lost by a stray click or key, and never shown again", async () => {
    await tested.browser.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await open("/settings");
    await page.getByRole("button", { name: "New token" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("Nightly reports");
    for (const scope of ["Read", "Run agents"]) await dialog.getByLabel(scope).uncheck();
    await dialog.getByRole("button", { name: "Create token" }).click();
    await dialog.getByText("Choose at least one.").waitFor();
    await expect
      .poll(() => dialog.getByLabel("Read").evaluate((box) => box === document.activeElement), patience)
      .toBe(true);
    await dialog.getByLabel("Read").check();
    await dialog.getByRole("button", { name: "Create token" }).click();
    await dialog.getByRole("heading", { name: "Copy your token now" }).waitFor();
    const secret = (await dialog.locator("code").innerText()).trim();

    await page.keyboard.press("Escape");
    await page.mouse.click(5, 5);
    await dialog.getByRole("button", { name: "Copy" }).click();
    await dialog.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
    await dialog.getByRole("button", { name: "Done" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "New token" }).first().click();
    await dialog.getByRole("heading", { name: "New token" }).waitFor();
    expect(await page.content()).not.toContain(secret);
    expect(tested.complaints).toEqual([]);
  });

  test("a token that may not create agents is told so before the form is filled in", async () => {
    const { secret } = await newToken("Looker-on", ["agents:read"]);
    const stranger = await openBrowser();
    try {
      const visit = await stranger.context.newPage();
      await visit.goto(`${tested.platform.url}/agents/new#token=${secret}`);
      await visit.getByText("Creating agents requires a token with the scope").waitFor();
      expect(await visit.getByLabel("Name", { exact: true }).isDisabled()).toBe(true);
      expect(await visit.getByRole("button", { name: "Create agent" }).isDisabled()).toBe(true);
    } finally {
      await stranger.close();
    }
  });

  test("a link with another token asks before it takes the place of the one in use", async () => {
    const other = await newToken("Sent by someone", ["agents:read"]);
    await open("/agents");
    await page.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
    const link = `${tested.platform.url}/settings#token=${other.secret}`;
    const visit = async () => {
      await page.goto("about:blank");
      await page.goto(link);
      await page.getByRole("heading", { name: "Switch to workspace default?" }).waitFor();
    };
    const scopes = () => page.locator("dt", { hasText: "Scopes" }).locator("xpath=following-sibling::dd[1]");

    await visit();
    expect(page.url()).not.toContain("token");
    await page.getByRole("button", { name: "Stay signed in" }).click();
    await scopes().getByText("admin").waitFor();
    await page.reload();
    await scopes().getByText("admin").waitFor();

    // The same page at another fragment: the browser loads nothing anew, and the last one is what is asked about.
    const first = await newToken("Sent before", ["agents:read"]);
    for (const { id, secret } of [first, other]) {
      await page.goto(`${tested.platform.url}/settings#token=${secret}`);
      await page.getByText(`key:${id}`).waitFor();
    }
    expect(await page.getByText(`key:${first.id}`).count()).toBe(0);
    expect(page.url()).not.toContain("token");
    await page.getByRole("button", { name: "Switch", exact: true }).click();
    await scopes().getByText("agents:read").waitFor();
    expect(await scopes().getByText("admin").count()).toBe(0);

    // The token in use is no longer one: nobody is signed in whose place could be taken.
    await tested.platform.client.tokens.revoke(other.id);
    await page.goto("about:blank");
    await open("/settings");
    await scopes().getByText("admin").waitFor();
    expect(await page.getByRole("heading", { name: /^Switch/ }).count()).toBe(0);
  });

  test("a link whose token is none leaves the one in use alone", async () => {
    await open("/agents");
    await page.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
    await page.goto("about:blank");
    await page.goto(`${tested.platform.url}/agents#token=cut-sho`);
    await page.getByRole("heading", { name: "This link's token is not valid" }).waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
  });

  test("what was typed into a form is not thrown away without a word", async () => {
    await open("/agents/new");
    const name = page.getByLabel("Name", { exact: true });
    await name.waitFor();
    await expect.poll(() => name.evaluate((field) => field === document.activeElement), patience).toBe(true);
    await page.keyboard.type("Half an agent");
    const leave = () =>
      page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Models" }).click();
    await leave();
    await page.getByRole("heading", { name: "Discard your changes?" }).waitFor();
    await page.getByRole("button", { name: "Keep editing" }).click();
    expect(await name.inputValue()).toBe("Half an agent");
    await leave();
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByRole("heading", { name: "Models", level: 1 }).waitFor();

    // What was saved is not asked about.
    await open("/agents/new");
    await name.fill("A whole agent");
    await page.getByRole("button", { name: "Create agent" }).click();
    await page.getByRole("heading", { name: "A whole agent", level: 1 }).waitFor();
    expect(await page.getByRole("heading", { name: "Discard your changes?" }).count()).toBe(0);
  });

  test("a deletion has to be confirmed anew, and asks nothing about what was changed in what is deleted", async () => {
    const agent = await tested.platform.client.agents.create({ name: "Doomed", tools: [] });
    await open(`/agents/${agent.id}/settings`);
    await page.getByLabel("Instructions").fill("Never to be saved.");
    const dialog = page.getByRole("dialog");
    const ask = async () => {
      await page.getByRole("button", { name: "Delete…" }).click();
      await dialog.getByRole("heading", { name: "Delete Doomed?" }).waitFor();
    };
    await ask();
    await dialog.getByRole("textbox").fill("Doomed");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    await ask();
    expect(await dialog.getByRole("textbox").inputValue()).toBe("");
    await dialog.getByRole("textbox").fill("Doomed");
    await dialog.getByRole("button", { name: "Delete agent" }).click();
    await page.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
    expect(await page.getByRole("heading", { name: "Discard your changes?" }).count()).toBe(0);
  });

  test("what is told of what was done covers no field, and is told in the console's own letters", async () => {
    const agent = await tested.platform.client.agents.create({ name: "Renamed", tools: [] });
    for (const width of [1440, 375]) {
      await resize(page, width, 812);
      await open(`/agents/${agent.id}/settings`);
      await page.getByLabel("Instructions").fill(`Answer in ${width} words.`);
      await page.getByRole("button", { name: "Save changes" }).click();
      const toast = page.locator("[data-sonner-toast]", { hasText: "Saved" });
      await toast.waitFor();
      await expect.poll(async () => (await toast.boundingBox())?.y ?? Number.NaN, patience).toBeLessThan(120);
      const { font, background } = await toast.evaluate((element) => ({
        font: getComputedStyle(element).fontFamily,
        background: getComputedStyle(element).backgroundColor,
      }));
      expect(font).toBe(await page.evaluate(() => getComputedStyle(document.body).fontFamily));
      expect(background).not.toBe("rgb(255, 255, 255)");
      await page.goto("about:blank");
    }
  });

  test("an agent that does not exist is said not to, and has no pages", async () => {
    await open("/agents/019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87");
    await page.getByRole("heading", { name: "This agent does not exist" }).waitFor();
    expect(await page.getByRole("navigation", { name: "Agent" }).count()).toBe(0);
    await expect.poll(() => page.title(), patience).toBe("Agent not found · Orrery");
  });

  test("the link that skips the navigation is a whole button once it has the focus", async () => {
    await open("/agents");
    await page.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
    const link = page.getByRole("link", { name: "Skip to content" });
    await link.focus();
    const padding = () => link.evaluate((element) => getComputedStyle(element).paddingLeft);
    await expect.poll(padding, patience).toBe("12px");
    expect((await link.boundingBox())?.height).toBeGreaterThan(30);
  });

  test("signing out in one tab signs out of the others", async () => {
    await open("/settings");
    await page.getByRole("heading", { name: "Access", level: 1 }).waitFor();
    const second = await tested.browser.context.newPage();
    try {
      await second.goto(`${tested.platform.url}/agents`);
      await second.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
      await page.getByRole("button", { name: "Sign out" }).last().click();
      for (const tab of [page, second]) {
        await tab.getByRole("heading", { name: "Sign in with a token" }).waitFor();
      }
    } finally {
      await second.close();
    }
  });

  test("a second tab follows the theme that was chosen in the first", async () => {
    await open("/agents");
    const second = await tested.browser.context.newPage();
    try {
      await second.goto(tested.platform.consoleUrl("/agents"));
      await second.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
      await page
        .getByRole("button", { name: /^Theme/ })
        .first()
        .click();
      await page.getByRole("menuitem", { name: "Dark" }).click();
      await second.locator("html.dark").waitFor();
    } finally {
      await second.close();
    }
  });
});
