/** Whether a string was made by chance, or from words, or says something else when it is decoded. */

/** Shannon entropy in bits a character (C. E. Shannon, 1948). */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What has a form of its own and is no secret: ids, dates, versions, addresses, digests, public keys. */
const harmless: readonly RegExp[] = [
  uuid,
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i,
  /^[\d.,:+/_-]+$/,
  /^\d{4}-\d\d-\d\d(?:[T_-]|$)/,
  /^v?\d+\.\d+\.\d+/,
  /^0x[0-9a-f]{1,40}$/i,
  /^(?:https?|ftp|file|arn|urn|data|s3|gs|mailto):/i,
  /^(?:sha(?:1|224|256|384|512)|md5|blake[23]b?)[-:_=]/i,
  /^(?:pk_(?:live|test)_|pk\.|AAAA[BCE]3Nza|ssh-|did:|ipfs:|Qm[1-9A-HJ-NP-Za-km-z]{44}$|bafy)/,
  /^(?:cus|sub|price|prod|pi|in|evt|ch|req|msg|call|resp|run|thread|asst|file|batch|chatcmpl|toolu|org|proj|user|usr|acct)[-_]/,
  /^(?:[A-Z]{2,6}-)+[\dA-Z]{1,12}(?:-[\dA-Z]{1,12})*$/,
  /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, // ULID
  /^[\w.-]+\.(?:js|mjs|css|ts|json|png|jpg|svg|html?|map|wasm|py|rs|go|java|md|txt|pdf|zip|gz)$/i,
  /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/, // a.b.c of code
  /^\/?(?:(?=[\w.-]*[A-Za-z]{3})[\w.-]+\/){2,}/, // paths
  // Names in parts, such as cf/some/model-20b. Each part can be read in one way only: else a value of many parts
  // that is no name after all would be read in all of them.
  /^(?:(?:[a-z]{1,13}|[a-z]{1,12}\d{1,4}[a-z]?)[/._-]){2,}(?:[a-z]{1,13}|[a-z]{1,12}\d{1,4}[a-z]?|\d{1,4}[a-z]?)$/,
];

export const isHarmless = (value: string): boolean => harmless.some((form) => form.test(value));

/** A digest as Git, checksums and identifiers show it. */
export const isHexadecimal = (value: string): boolean => /^[0-9a-f]+$|^[0-9A-F]+$/.test(value);

const run = /[A-Z]?[a-z]{3,}|[A-Z]{4,}/g;

/** Pairs of letters that make up nearly all of words; chance hits one in three. */
const pairs = new Set(
  (
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne " +
    "ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa " +
    "ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp " +
    "fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov by rm ep tt oc fa ef cu rn sc gi da " +
    "yo cr cl du ga qu ue ff ba ey ls va um pp ua up lu go ht ru ug ds lt pi rc rr eg au ck ew mu br bi pt ak pu ui rg ib " +
    "tl ki rk ys ob mm fu ph og ms ye ud mb ip ub oi rl gu dr tw ft wn nu af hu nn vo rv nf gn sm fl iz ok my gl aw ju oa " +
    "sy sl ps jo nv nk kn ks xt ik dd"
  ).split(" "),
);

/** The share of characters that stand in what could be words, by the pairs of letters in them. */
export function wordShare(value: string): number {
  let inWords = 0;
  for (const [letters] of value.matchAll(run)) {
    const plain = letters.toLowerCase();
    let usual = 0;
    for (let at = 1; at < plain.length; at += 1) if (pairs.has(plain.slice(at - 1, at + 1))) usual += 1;
    if (usual / (plain.length - 1) >= 0.7) inWords += letters.length;
  }
  return inWords / value.length;
}

/** How often the kind of character changes, of the times that it could. Chance changes it at most steps. */
function changes(value: string): number {
  const kinds = Array.from(value, (character) =>
    /[a-z]/.test(character) ? 0 : /[A-Z]/.test(character) ? 1 : /\d/.test(character) ? 2 : 3,
  );
  let count = 0;
  for (let at = 1; at < kinds.length; at += 1) if (kinds[at] !== kinds[at - 1]) count += 1;
  return count / (kinds.length - 1);
}

/** Whether the base64 of something readable: the text itself would be no secret either. */
export function encodesText(value: string): boolean {
  const plain = value.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  if (plain.length < 12 || !/^[A-Za-z0-9+/]+$/.test(plain) || plain.length % 4 === 1) return false;
  const decoded = atob(plain);
  const readable = decoded.match(/[\x20-\x7e\n\t]/g)?.length ?? 0;
  return readable / decoded.length > 0.9;
}

/** Made by chance, whatever stands beside it: long, of mixed kinds, without words or a form of its own. */
export const isRandom = (value: string): boolean =>
  value.length >= 20 &&
  /[a-z]/i.test(value) &&
  (value.match(/\d/g)?.length ?? 0) >= 2 &&
  entropy(value) >= 3.4 &&
  changes(value) >= 0.2 &&
  wordShare(value) < 0.5 &&
  !isHexadecimal(value) &&
  !isHarmless(value) &&
  !encodesText(value);

/** The same where the text calls it a key: shorter, and hexadecimal too. */
export const isKeyLike = (value: string): boolean =>
  value.length >= 16 &&
  /[a-z]/i.test(value) &&
  /\d/.test(value) &&
  entropy(value) >= 3 &&
  wordShare(value) < 0.5 &&
  !isHarmless(value) &&
  !encodesText(value);
