/** A picture by arithmetic, for where no image model is: a sky, and orbits whose shape and colours the prompt seeds. */
import { encodePng } from "./png.ts";
import { hashOf } from "./words.ts";

export interface PictureRequest {
  prompt: string;
  seed: number;
  width: number;
  height: number;
}

type Colour = readonly [number, number, number];

/** Numbers from 0 to 1, the same for the same seed. Source: mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Hue in turns, the others from 0 to 1. */
function colourOf(hue: number, saturation: number, lightness: number): Colour {
  const channel = (offset: number): number => {
    const at = (offset + hue * 12) % 12;
    const swing = saturation * Math.min(lightness, 1 - lightness);
    return 255 * (lightness - swing * Math.max(-1, Math.min(at - 3, 9 - at, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}

interface Orbit {
  radius: number;
  /** Squared flattening of the circle, and its tilt. */
  flat: number;
  sine: number;
  cosine: number;
  colour: Colour;
  planet: { x: number; y: number; size: number };
}

function orbitsOf(random: () => number, hue: number): Orbit[] {
  return Array.from({ length: 3 + Math.floor(random() * 5) }, () => {
    const [radius, squeeze, tilt, turn] = [
      0.15 + random() * 0.8,
      0.25 + random() * 0.7,
      random() * Math.PI,
      random() * 2 * Math.PI,
    ];
    const [sine, cosine] = [Math.sin(tilt), Math.cos(tilt)];
    const [u, v] = [radius * Math.cos(turn), radius * squeeze * Math.sin(turn)];
    return {
      radius,
      flat: squeeze * squeeze,
      sine,
      cosine,
      colour: colourOf((hue + random() * 0.35) % 1, 0.55 + random() * 0.4, 0.55 + random() * 0.2),
      planet: { x: u * cosine - v * sine, y: u * sine + v * cosine, size: 0.02 + random() * 0.06 },
    };
  });
}

/** Rows of RGB, each led by PNG's filter byte. */
function paint({ prompt, seed, width, height }: PictureRequest): Uint8Array<ArrayBuffer> {
  const random = randomFrom(hashOf(prompt, seed));
  const hue = random();
  const [top, bottom] = [
    colourOf(hue, 0.5, 0.1 + random() * 0.1),
    colourOf((hue + 0.15 + random() * 0.2) % 1, 0.6, 0.3 + random() * 0.2),
  ];
  const orbits = orbitsOf(random, (hue + 0.45) % 1);
  const rows = new Uint8Array(height * (width * 3 + 1));
  const half = Math.min(width, height) / 2;
  let at = 0;
  for (let row = 0; row < height; row += 1) {
    at += 1;
    const y = (row - height / 2) / half;
    const down = row / height;
    for (let column = 0; column < width; column += 1) {
      const x = (column - width / 2) / half;
      let [red, green, blue] = top;
      red += (bottom[0] - red) * down;
      green += (bottom[1] - green) * down;
      blue += (bottom[2] - blue) * down;
      for (const { radius, flat, sine, cosine, colour, planet } of orbits) {
        const [u, v] = [x * cosine + y * sine, y * cosine - x * sine];
        const off = Math.abs(Math.sqrt(u * u + (v * v) / flat) - radius);
        const apart = (x - planet.x) ** 2 + (y - planet.y) ** 2;
        const light =
          Math.max(off < 0.03 ? 1 - off / 0.03 : 0, 0) * 0.5 + (apart < planet.size ** 2 ? 0.9 : 0);
        const share = Math.min(light, 1);
        red += (colour[0] - red) * share;
        green += (colour[1] - green) * share;
        blue += (colour[2] - blue) * share;
      }
      rows[at] = red;
      rows[at + 1] = green;
      rows[at + 2] = blue;
      at += 3;
    }
  }
  return rows;
}

/** A PNG; the same request gives the same bytes. The file says what it is. */
export async function drawPicture(request: PictureRequest): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = request;
  return encodePng(
    { width, height, rows: paint(request) },
    "Drawn offline by arithmetic, without an image model: the prompt only seeds it.",
  );
}
