/** What `offline/draw` draws: a small planetary system, made up from the words of a prompt. */

export type Colour = readonly [red: number, green: number, blue: number];

export interface Planet {
  /** Angle on its orbit, in radians. */
  angle: number;
  /** Of the shorter side of the picture, like all lengths here. */
  radius: number;
  colour: Colour;
  /** Stripes along its equator; 0 for none. */
  bands: number;
  ring: boolean;
}

export interface Orbit {
  /** Half its length; its width is `flatness` of it. */
  radius: number;
  flatness: number;
  /** How far it is turned, in radians. */
  tilt: number;
  planet: Planet;
}

export interface Scene {
  /** Place of the sun, in parts of width and height. */
  sun: { x: number; y: number; radius: number; colour: Colour };
  /** The sky near the sun, and far from it. */
  sky: { near: Colour; far: Colour; clouds: Colour };
  /** Orbits from the inside out. */
  orbits: readonly Orbit[];
  /** For what is strewn: stars, and the grain of the clouds. */
  random: () => number;
}

/** Hues in degrees, where the prompt names a colour. */
const hues: Readonly<Record<string, number>> = {
  red: 4,
  crimson: 350,
  orange: 26,
  amber: 38,
  gold: 45,
  golden: 45,
  yellow: 52,
  green: 130,
  emerald: 150,
  teal: 178,
  cyan: 190,
  blue: 218,
  indigo: 245,
  violet: 270,
  purple: 282,
  magenta: 310,
  pink: 335,
};

/**
 * Numbers in [0, 1), the same for the same text: sfc32 by Chris Doty-Humphrey, seeded by FNV-1a of the text
 * from four sides. Source: https://pracrand.sourceforge.net/
 */
export function randomFor(text: string): () => number {
  let [a, b, c, counter] = [0x811c9dc5, 0x01000193, 0x9e3779b9, 1];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ a ^ (unit << 7), 0x85ebca6b);
    c = Math.imul(c ^ b ^ (unit << 13), 0xc2b2ae35);
  }
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first numbers still show the seed.
  for (let turn = 0; turn < 16; turn += 1) next();
  return next;
}

/** Hue in degrees, saturation and lightness in [0, 1]. */
function hsl(hue: number, saturation: number, lightness: number): Colour {
  const spread = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number): number => {
    const at = (offset + (((hue % 360) + 360) % 360) / 30) % 12;
    return lightness - spread * Math.max(-1, Math.min(at - 3, 9 - at, 1));
  };
  return [channel(0), channel(8), channel(4)];
}

/** Always the same scene for the same prompt and seed. */
export function sceneFor(prompt: string, seed: number): Scene {
  const random = randomFor(`${seed}\n${prompt}`);
  const between = (low: number, high: number): number => low + (high - low) * random();
  const named =
    prompt
      .toLowerCase()
      .match(/\p{L}+/gu)
      ?.flatMap((word) => hues[word] ?? []) ?? [];
  const skyHue = named[0] ?? between(195, 330);
  const warm = named[1] ?? between(18, 52);
  const flatness = between(0.32, 0.62);
  const tilt = between(-0.5, 0.5);
  const count = 4 + Math.floor(random() * 4);
  const ringed = Math.floor(random() * count);
  const orbits = Array.from({ length: count }, (_, place): Orbit => {
    const far = place / (count - 1);
    return {
      radius: 0.17 + 0.62 * far ** 1.25 + between(-0.015, 0.015),
      flatness: flatness + between(-0.02, 0.02),
      tilt: tilt + between(-0.03, 0.03),
      planet: {
        angle: between(0, 2 * Math.PI),
        radius: between(0.01, 0.022) + 0.026 * far * random(),
        colour: hsl(
          random() < 0.5 ? warm + between(-24, 24) : skyHue + between(120, 240),
          between(0.35, 0.75),
          between(0.45, 0.68),
        ),
        bands: random() < 0.5 ? between(2, 6) : 0,
        ring: place === ringed && place > 0,
      },
    };
  });
  return {
    sun: {
      x: between(0.38, 0.62),
      y: between(0.4, 0.6),
      radius: between(0.05, 0.075),
      colour: hsl(warm, 0.95, 0.72),
    },
    sky: {
      near: hsl(skyHue + between(-30, 10), between(0.5, 0.75), between(0.17, 0.24)),
      far: hsl(skyHue + between(10, 40), between(0.45, 0.7), 0.045),
      clouds: hsl(skyHue + between(-50, 70), 0.6, between(0.28, 0.4)),
    },
    orbits,
    random,
  };
}
