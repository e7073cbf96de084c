/** Examples made by rule from a seed: valid by construction, or one rule broken. No recogniser was written by them. */
import type { FilterClass } from "@orrery/protocol";
import { ibanLengths } from "../iban.ts";
import { type Example, exampleOf } from "./corpus.ts";

/** Uniform in [0, 1); the same seed, the same numbers (mulberry32, T. Ettinger, public domain). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Maker {
  readonly #chance: () => number;

  constructor(seed: number) {
    this.#chance = chance(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#chance() * limit);
  }

  one<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to choose from");
    return item;
  }

  of(alphabet: string, length: number): string {
    return Array.from({ length }, () => alphabet.charAt(this.below(alphabet.length))).join("");
  }

  /** Starts without 0. */
  digits(length: number): string {
    return this.of("123456789", 1) + this.of("0123456789", length - 1);
  }
}

const lower = "abcdefghijklmnopqrstuvwxyz";
const upper = lower.toUpperCase();
const decimal = "0123456789";
const hexadecimal = "0123456789abcdef";
const base62 = lower + upper + decimal;
const base64url = `${base62}-_`;

const openings = [
  "As discussed, here is what you need:",
  "The customer wrote",
  "In the second row stands",
  "Sure!",
  "According to the file it is",
  "I found",
  "Result:",
  "Bitte notieren:",
  "She confirmed",
  "Der Eintrag lautet",
];
const closings = [
  "",
  ".",
  ", as far as I can see.",
  " and nothing more.",
  "\nAnything else?",
  " (checked)",
  "; see below.",
  "!",
];

/** Numbers in their groups. */
const grouped = (text: string, sizes: readonly number[], separator: string): string => {
  const parts: string[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at < text.length) parts.push(text.slice(at, at + size));
    at += size;
  }
  return parts.join(separator);
};

const fours = Array.from({ length: 12 }, () => 4);

function luhnDigit(digits: string): number {
  let sum = 0;
  for (const [index, digit] of Array.from(digits).toReversed().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return (10 - (sum % 10)) % 10;
}

function cardNumber(make: Maker, valid: boolean): string {
  const [head, length] = make.one([
    ["4", 16],
    ["51", 16],
    ["55", 16],
    ["2221", 16],
    ["2720", 16],
    ["34", 15],
    ["37", 15],
    ["6011", 16],
    ["65", 16],
    ["3528", 16],
    ["3589", 16],
    ["36", 14],
    ["305", 14],
    ["62", 16],
  ] as const);
  const body = head + make.of(decimal, length - head.length - 1);
  const check = (luhnDigit(body) + (valid ? 0 : 1 + make.below(9))) % 10;
  const number = `${body}${check}`;
  const sizes = length === 16 ? fours : [4, 6, 5];
  return grouped(number, sizes, make.one(["", " ", "-"]));
}

function ibanNumber(make: Maker, valid: boolean): string {
  const [country, length] = make.one([...ibanLengths]);
  const account = make.of(decimal, length - 4);
  const value = (text: string): bigint =>
    BigInt(Array.from(text, (character) => Number.parseInt(character, 36)).join(""));
  const check = 98n - (value(`${account}${country}00`) % 97n);
  // Every number of two digits that is another one modulo 97 breaks the sum.
  const shown = valid ? check : (check + BigInt(1 + make.below(90))) % 97n;
  const number = `${country}${String(shown).padStart(2, "0")}${account}`;
  return make.below(2) === 0 ? number : grouped(number, fours, " ");
}

function ssnNumber(make: Maker, valid: boolean): string {
  let area = String(1 + make.below(899)).padStart(3, "0");
  if (area === "666") area = "667";
  let group = String(1 + make.below(99)).padStart(2, "0");
  let serial = String(1 + make.below(9999)).padStart(4, "0");
  if (!valid) {
    const broken = make.below(4);
    if (broken === 0) area = make.one(["000", "666", "900", "987"]);
    else if (broken === 1) group = "00";
    else if (broken === 2) serial = "0000";
    else serial += "1";
  }
  return `${area}-${group}-${serial}`;
}

function phoneNumber(make: Maker, valid: boolean): string {
  const local = (): string => `${2 + make.below(8)}${2 + make.below(8)}${make.below(8) + 2}`;
  if (!valid) {
    return make.one([
      () => `+${make.one(["999", "210", "0", "384", "699"])} ${make.digits(3)} ${make.digits(5)}`,
      () => `+1 ${make.below(2)}${make.of(decimal, 2)} ${local()} ${make.digits(4)}`,
      () => `+44 ${make.digits(3)}`,
      () => `${make.below(2)}${make.of(decimal, 2)}-${local()}-${make.digits(4)}`,
      () => `20${make.digits(2)}-0${1 + make.below(9)}-1${make.below(9)}`,
      () => `10.${make.below(256)}.${make.below(256)}.${make.below(256)}`,
      () => `978-3-${make.digits(2)}-${make.digits(6)}-${make.below(10)}`,
      () => make.digits(10),
      () => `order 0${make.digits(3)}-${make.digits(6)}`,
    ])();
  }
  return make.one([
    () => `+1 ${local()} ${local()} ${make.digits(4)}`,
    () => `(${local()}) ${local()}-${make.digits(4)}`,
    () => `${local()}-${local()}-${make.digits(4)}`,
    () => `+49 ${make.one(["30", "40", "89", "221"])} ${make.digits(7)}`,
    () => `+44 20 ${make.digits(4)} ${make.digits(4)}`,
    () => `+33 ${1 + make.below(9)} ${Array.from({ length: 4 }, () => make.of(decimal, 2)).join(" ")}`,
    () => `0${1 + make.below(5)} ${Array.from({ length: 4 }, () => make.of(decimal, 2)).join(" ")}`,
    () => `07${make.digits(3)} ${make.digits(6)}`,
    () => `+91 ${make.digits(5)} ${make.digits(5)}`,
    () => `+61 4${make.of(decimal, 2)} ${make.digits(3)} ${make.digits(3)}`,
    () => `phone ⟦${make.digits(10)}⟧`,
  ])();
}

function emailAddress(make: Maker, valid: boolean): string {
  const name = (): string => make.of(lower, 3 + make.below(8));
  const local = make.one([
    name(),
    `${name()}.${name()}`,
    `${name()}+${make.of(lower, 3)}`,
    `${name()}_${make.digits(2)}`,
  ]);
  const host = make.one([name(), `${name()}-${name()}`, `${name()}.${name()}`]);
  const ending = make.one(["com", "org", "de", "co.uk", "io", "museum", "example", "fr", "dev"]);
  if (valid) return `${local}@${host}.${ending}`;
  return make.one([
    `${local}@${host.replaceAll(".", "")}`,
    `@${name()}/${name()}@${make.below(20)}.${make.below(20)}.${make.below(20)}`,
    `${local}@${host}.${make.one(["png", "service", "json", "local"])}`,
    `${local}@${make.digits(2)}.${make.digits(2)}.${make.digits(2)}.1`,
    `${local} @ ${host}.${ending}`,
    `${local}@-${host}.${ending}`,
    `git@${host}.${ending}:${name()}/${name()}.git`,
    `https://${name()}@${host}.${ending}/`,
  ]);
}

function secretText(make: Maker, valid: boolean): string {
  const uuid = [8, 4, 4, 4, 12].map((length) => make.of(hexadecimal, length)).join("-");
  const word = (): string =>
    make.one(["user", "session", "render", "payload", "handler", "config", "upload", "retry"]);
  const name = make.one(["api_key", "API_TOKEN", "client_secret", "accessKey", "the token"]);
  if (!valid) {
    return make.one([
      `${name} id ${uuid}`,
      `commit ${make.of(hexadecimal, 40)} of the key`,
      `sha256:${make.of(hexadecimal, 64)} of the token`,
      `the key ${word()}_${word()}_${word()}_${make.digits(2)}`,
      `token ${btoa(`the ${word()} said the ${word()} was in the ${word()}`)}`,
      `${name}: ${make.one(["string", "undefined", "process.env.TOKEN_2", "${TOKEN_1}", "YOUR_KEY_HERE_1", "xxxxxxxxxxxxxxxx1"])}`,
      `max_tokens=${make.digits(4)}`,
      `primary key ${make.digits(12)}`,
      `pk_live_${make.of(base62, 24)} is the publishable key`,
      `the key ${word()}${make.one(["Manager", "Provider", "Registry"])}${make.digits(1)}Factory${word()}Builder`,
      `sk-${word()}-${word()}-${word()}-${word()}`,
      `https://example.com/${word()}/${word()}-${make.digits(4)}/keys`,
    ]);
  }
  const mark = (text: string): string => `⟦${text}⟧`;
  return make.one([
    () => mark(`sk-proj-${make.of(base64url, 60)}a1`),
    () => mark(`${make.one(["ghp_", "gho_", "ghs_"])}${make.of(base62, 36)}`),
    () => mark(`AKIA${make.of(`${upper}234567`, 16)}`),
    () => mark(`AIza${make.of(base62, 35)}`),
    () => mark(`xoxb-${make.digits(12)}-${make.digits(12)}-${make.of(base62, 24)}`),
    () => mark(`${make.one(["sk", "rk"])}_live_${make.of(base62, 24)}`),
    () => mark(`npm_${make.of(base62, 36)}`),
    () => mark(`glpat-${make.of(base62, 20)}`),
    () => `${name}: ${mark(make.of(base62, 32))}`,
    () => `${name} = "${mark(make.of(base62, 40))}"`,
    () => `${name} is ${mark(make.of(lower + decimal, 36))}`,
    () => `secret=${mark(make.of(hexadecimal, 48))}`,
    () => `postgres://${word()}:${mark(`${make.of(base62, 11)}7`)}@db.example.com/x`,
    () => `password: ${mark(`${make.of(base62, 6)}${make.of("!#&+", 1)}${make.of(base62, 4)}3`)}`,
    () =>
      mark(
        `${btoa('{"alg":"HS256"}').replaceAll("=", "")}.${btoa(`{"sub":"${make.of(base62, 12)}"}`).replaceAll("=", "")}.${make.of(base62, 43)}`,
      ),
  ])();
}

const makers: Readonly<Record<FilterClass, (make: Maker, valid: boolean) => string>> = {
  secret: secretText,
  email: emailAddress,
  phone: phoneNumber,
  card: cardNumber,
  iban: ibanNumber,
  ssn: ssnNumber,
};

/** As many examples of a class, every other one a near miss. */
export function generated(name: FilterClass, seed: number, count: number): Example[] {
  const make = new Maker(seed);
  return Array.from({ length: count }, (_, index) => {
    const valid = index % 2 === 0;
    const value = makers[name](make, valid);
    const marked = valid && !value.includes("⟦") ? `⟦${value}⟧` : value;
    return exampleOf(name, `${make.one(openings)} ${marked}${make.one(closings)}`);
  });
}
