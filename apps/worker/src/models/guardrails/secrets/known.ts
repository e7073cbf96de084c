/** Keys that their service writes with a sign of its own, so that they are known by form alone. */
import { digit, endOfRun, insideWord, kindAt, letter, token } from "../characters.ts";
import { type Recogniser, type Tail, type Verdict, wait } from "../recogniser.ts";
import { isPlaceholder } from "./placeholder.ts";

/** What follows the sign. A body that fills all that is looked at goes on as long as its characters do. */
type Form = readonly [sign: string, body: RegExp];

const ending = String.raw`(?![\w-])`;
const exactly = (body: string): RegExp => new RegExp(`^${body}${ending}`);
const from = (length: number, characters = String.raw`[\w-]`): RegExp =>
  new RegExp(`^${characters}{${length},}`);

/** From the services' documentation, and from what they register with secret scanners. */
const forms: readonly Form[] = [
  ["sk-", from(20)], // OpenAI, Anthropic, OpenRouter, DeepSeek and others
  ["sess-", from(36)],
  ["gsk_", from(40)], // Groq
  ["xai-", from(40)],
  ["pplx-", from(40)], // Perplexity
  ["hf_", from(30)], // Hugging Face
  ["r8_", from(35)], // Replicate
  ["AIza", exactly(String.raw`[\w-]{35}`)], // Google API
  ["GOCSPX-", exactly(String.raw`[\w-]{28}`)], // Google OAuth client
  ["ya29.", from(20)], // Google OAuth access
  ["AKIA", exactly("[A-Z2-7]{16}")], // AWS, long-lived
  ["ASIA", exactly("[A-Z2-7]{16}")], // AWS, session
  ["ABIA", exactly("[A-Z2-7]{16}")],
  ["ACCA", exactly("[A-Z2-7]{16}")],
  ["ghp_", from(36, "[A-Za-z0-9]")], // GitHub
  ["gho_", from(36, "[A-Za-z0-9]")],
  ["ghu_", from(36, "[A-Za-z0-9]")],
  ["ghs_", from(36, "[A-Za-z0-9]")],
  ["ghr_", from(36, "[A-Za-z0-9]")],
  ["github_pat_", from(36)],
  ["glpat-", from(20)], // GitLab: personal, deploy, runner, job, trigger, feed
  ["gldt-", from(20)],
  ["glrt-", from(20)],
  ["glcbt-", from(20)],
  ["glptt-", from(20)],
  ["glft-", from(20)],
  ["gloas-", from(40)],
  ["xoxb-", from(20)], // Slack
  ["xoxp-", from(20)],
  ["xoxa-", from(20)],
  ["xoxr-", from(20)],
  ["xoxs-", from(20)],
  ["xoxe-", from(20)],
  ["xoxe.xox", from(20, String.raw`[\w.-]`)],
  ["xapp-", from(20)],
  ["hooks.slack.com/services/", /^T\w{6,12}\/B\w{6,12}\/\w{20,}/],
  ["discord.com/api/webhooks/", /^\d{16,20}\/[\w-]{50,}/],
  ["sk_live_", from(16, "[A-Za-z0-9]")], // Stripe
  ["sk_test_", from(16, "[A-Za-z0-9]")],
  ["rk_live_", from(16, "[A-Za-z0-9]")],
  ["rk_test_", from(16, "[A-Za-z0-9]")],
  ["whsec_", from(24, "[A-Za-z0-9+/]")],
  ["npm_", exactly("[A-Za-z0-9]{36}")],
  ["pypi-", from(50)],
  ["dop_v1_", exactly("[0-9a-f]{64}")], // DigitalOcean
  ["doo_v1_", exactly("[0-9a-f]{64}")],
  ["shpat_", exactly("[0-9a-fA-F]{32}")], // Shopify
  ["shpss_", exactly("[0-9a-fA-F]{32}")],
  ["shpca_", exactly("[0-9a-fA-F]{32}")],
  ["shppa_", exactly("[0-9a-fA-F]{32}")],
  ["SG.", /^[\w-]{16,24}\.[\w-]{36,}/], // SendGrid
  ["key-", exactly("[0-9a-f]{32}")], // Mailgun
  ["lin_api_", from(32, "[A-Za-z0-9]")], // Linear
  ["ntn_", from(40, "[A-Za-z0-9]")], // Notion
  ["dapi", exactly("[0-9a-f]{32}(?:-\\d)?")], // Databricks
  ["hvs.", from(24)], // Vault
  ["dp.pt.", from(40)], // Doppler
  ["sntrys_", from(40, "[A-Za-z0-9+/=_]")], // Sentry
  ["sntryu_", exactly("[0-9a-f]{64}")],
  ["PMAK-", exactly("[0-9a-f]{24}-[0-9a-f]{34}")], // Postman
  ["figd_", from(36)], // Figma
  ["glsa_", from(32)], // Grafana
  ["pul-", exactly("[0-9a-f]{40}")], // Pulumi
  ["rubygems_", exactly("[0-9a-f]{48}")],
  ["tskey-", from(20)], // Tailscale
  ["sbp_", exactly("[0-9a-f]{40}")], // Supabase
  ["AGE-SECRET-KEY-1", from(50, "[A-Z0-9]")],
  ["ork_", exactly(String.raw`[0-9a-f]{32}_[\w-]{43}`)], // our own
  // JSON Web Tokens (RFC 7519): two JSON objects in base64url, and a signature.
  ["eyJ", /^[\w-]{8,320}\.eyJ[\w-]{10,}/],
];

/** Forms by their first letter. */
const byFirst = Map.groupBy(forms, ([sign]) => sign.charCodeAt(0));

/** As much as is looked at; all bodies show themselves within it. */
const longest = 400;

/** A key's characters, until something else comes. */
const whileToken: Tail = (text, at, final) => {
  const end = endOfRun(text, at, token, text.length);
  return { end, open: end === text.length && !final };
};

/** Telegram's bot tokens begin with digits. */
const telegram = /^\d{8,10}:AA[\w-]{33}(?![\w-])/;

export const known: Pick<Recogniser, "begins" | "at"> = {
  begins: letter | digit,
  at(text, start, final): Verdict {
    if (start > 1 && /[-_]/.test(text[start - 1] ?? "") && insideWord(text, start - 1)) return null;
    if ((kindAt(text, start) & digit) !== 0) return botToken(text, start, final);
    for (const [sign, body] of byFirst.get(text.charCodeAt(start)) ?? []) {
      if (!text.startsWith(sign, start)) {
        const rest = text.length - start;
        if (!final && rest < sign.length && sign.startsWith(text.slice(start))) return wait;
        continue;
      }
      const from = start + sign.length;
      const limit = start + longest;
      const end = endOfRun(text, from, token, limit);
      if (end === text.length && end < limit && !final) return wait;
      const match = body.exec(text.slice(from, end));
      if (match === null || !isVaried(match[0]) || isPlaceholder(match[0])) continue;
      const stop = signed(text, from + match[0].length, end, sign);
      return stop === limit ? { start, end, tail: whileToken } : { start, end: stop };
    }
    return null;
  },
};

/** A token's third part belongs to it. */
const signed = (text: string, matched: number, end: number, sign: string): number =>
  sign === "eyJ" ? matched + (/^(?:\.[\w-]+)*/.exec(text.slice(matched, end))?.[0].length ?? 0) : matched;

function botToken(text: string, start: number, final: boolean): Verdict {
  const head = text.slice(start, start + 48);
  const match = telegram.exec(head);
  if (head.length < 48 && !final && /^\d{1,10}(?::(?:A|AA[\w-]{0,33})?)?$/.test(head)) return wait;
  return match === null ? null : { start, end: start + match[0].length };
}

/** Made by chance and not from words: `sk-loading-indicator-container` is a class of a style sheet. */
function isVaried(body: string): boolean {
  if (new Set(body).size < 8) return false;
  return /\d/.test(body) || (/[A-Z]/.test(body) && /[a-z]/.test(body) && !/[-_]/.test(body));
}
