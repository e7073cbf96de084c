/**
 * `offline/draw`: pictures without a model. What it draws is always a small planetary system; the prompt
 * decides which, and the colours that it names are used. The same prompt, seed and size give the same pixels.
 */
import { encodePng } from "./png.ts";
import { sceneFor, type Colour, type Orbit, type Scene } from "./scene.ts";

/** Light in linear steps, added up until it is shown. */
interface Canvas {
  width: number;
  height: number;
  /** The shorter side, in pixels: what lengths of a scene are parts of. */
  side: number;
  light: Float32Array;
}

const clamp = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);

/** Colour over what is there: `cover` 1 hides it. */
function paint({ width, height, light }: Canvas, x: number, y: number, colour: Colour, cover: number): void {
  if (x < 0 || y < 0 || x >= width || y >= height || cover <= 0) return;
  const at = (y * width + x) * 3;
  for (let channel = 0; channel < 3; channel += 1) {
    const there = light[at + channel] ?? 0;
    light[at + channel] = there + ((colour[channel] ?? 0) - there) * cover;
  }
}

/** A lattice of random heights, smoothed between its points. `cells` fit the shorter side. */
function grain(random: () => number, cells: number): (x: number, y: number) => number {
  const size = 64;
  const heights = Float32Array.from({ length: size * size }, random);
  const heightAt = (column: number, row: number): number =>
    heights[(row & (size - 1)) * size + (column & (size - 1))] ?? 0;
  return (x, y) => {
    const [column, row] = [Math.floor(x * cells), Math.floor(y * cells)];
    const [right, down] = [x * cells - column, y * cells - row];
    const [u, v] = [right * right * (3 - 2 * right), down * down * (3 - 2 * down)];
    const top = heightAt(column, row) * (1 - u) + heightAt(column + 1, row) * u;
    const bottom = heightAt(column, row + 1) * (1 - u) + heightAt(column + 1, row + 1) * u;
    return top * (1 - v) + bottom * v;
  };
}

function paintSky(canvas: Canvas, { sky, sun, random }: Scene): void {
  const { width, height, side, light } = canvas;
  const [coarse, middle, fine] = [grain(random, 2.5), grain(random, 6), grain(random, 14)];
  const [sunX, sunY] = [sun.x * width, sun.y * height];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const distance = Math.hypot(x - sunX, y - sunY) / side;
      const near = Math.exp(-2.6 * distance);
      const [u, v] = [x / side, y / side];
      const cloud = clamp(0.55 * coarse(u, v) + 0.3 * middle(u, v) + 0.15 * fine(u, v) - 0.42) * 1.5;
      const glow = 0.9 * Math.exp(-distance / (sun.radius * 1.5)) + 0.16 * Math.exp(-distance / 0.28);
      const at = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        const far = sky.far[channel] ?? 0;
        const base = far + ((sky.near[channel] ?? 0) - far) * near;
        light[at + channel] =
          base + ((sky.clouds[channel] ?? 0) - base) * cloud * 0.7 + (sun.colour[channel] ?? 0) * glow;
      }
    }
  }
}

function paintStars(canvas: Canvas, { random }: Scene): void {
  const { width, height } = canvas;
  const count = Math.round((width * height) / 1500);
  for (let star = 0; star < count; star += 1) {
    const [x, y] = [random() * width, random() * height];
    const bright = random() ** 4;
    const radius = 0.5 + 1.1 * bright;
    const warmth = random();
    const colour: Colour = [0.85 + 0.15 * warmth, 0.92, 1 - 0.15 * warmth];
    paintDisc(canvas, x, y, radius, () => colour, 0.25 + 0.75 * bright);
  }
}

/** A disc with a soft edge; `colourAt` is asked with places from -1 to 1 on it. */
function paintDisc(
  canvas: Canvas,
  x: number,
  y: number,
  radius: number,
  colourAt: (u: number, v: number) => Colour,
  strength = 1,
): void {
  for (let row = Math.floor(y - radius - 1); row <= y + radius + 1; row += 1) {
    for (let column = Math.floor(x - radius - 1); column <= x + radius + 1; column += 1) {
      const cover = clamp(radius + 0.5 - Math.hypot(column - x, row - y));
      if (cover === 0) continue;
      paint(canvas, column, row, colourAt((column - x) / radius, (row - y) / radius), cover * strength);
    }
  }
}

/** A place on an orbit, in pixels. */
function onOrbit(canvas: Canvas, { sun }: Scene, orbit: Orbit, angle: number): { x: number; y: number } {
  const [u, v] = [Math.cos(angle) * orbit.radius, Math.sin(angle) * orbit.radius * orbit.flatness];
  const [cosine, sine] = [Math.cos(orbit.tilt), Math.sin(orbit.tilt)];
  return {
    x: sun.x * canvas.width + (u * cosine - v * sine) * canvas.side,
    y: sun.y * canvas.height + (u * sine + v * cosine) * canvas.side,
  };
}

/** A thin line, brightest just behind the planet, whose way it shows. */
function paintOrbit(canvas: Canvas, scene: Scene, orbit: Orbit): void {
  const { width, height, side } = canvas;
  const cover = new Map<number, number>();
  const steps = Math.ceil(2 * Math.PI * orbit.radius * side * 1.5);
  for (let step = 0; step < steps; step += 1) {
    const behind = (step / steps) * 2 * Math.PI;
    const { x, y } = onOrbit(canvas, scene, orbit, orbit.planet.angle - behind);
    const strength = 0.13 + 0.6 * Math.exp(-behind * 1.4);
    for (const row of [Math.floor(y), Math.floor(y) + 1]) {
      for (const column of [Math.floor(x), Math.floor(x) + 1]) {
        if (row < 0 || column < 0 || row >= height || column >= width) continue;
        const here = strength * clamp(1 - Math.hypot(column - x, row - y));
        const at = row * width + column;
        // The strongest of the steps that touch a pixel, so that the line is even.
        if (here > (cover.get(at) ?? 0)) cover.set(at, here);
      }
    }
  }
  const colour: Colour = [0.86, 0.9, 1];
  for (const [at, here] of cover) paint(canvas, at % width, Math.floor(at / width), colour, here);
}

function paintPlanet(canvas: Canvas, scene: Scene, orbit: Orbit): void {
  const { planet } = orbit;
  const { x, y } = onOrbit(canvas, scene, orbit, planet.angle);
  const radius = planet.radius * canvas.side;
  const [toSunX, toSunY] = [scene.sun.x * canvas.width - x, scene.sun.y * canvas.height - y];
  const distance = Math.hypot(toSunX, toSunY) || 1;
  // The sun stands a little before the planets, so that more than half of each is lit.
  const lit = (u: number, v: number): number => {
    const depth = Math.sqrt(Math.max(0, 1 - u * u - v * v));
    return clamp(((u * toSunX + v * toSunY) / distance) * 0.85 + depth * 0.5);
  };
  if (planet.ring) paintRing(canvas, x, y, radius, orbit, "behind");
  paintDisc(canvas, x, y, radius, (u, v) => {
    const stripe = planet.bands === 0 ? 1 : 0.88 + 0.12 * Math.sin(v * planet.bands * Math.PI + u);
    const brightness = (0.07 + 1.05 * lit(u, v)) * stripe;
    return [planet.colour[0] * brightness, planet.colour[1] * brightness, planet.colour[2] * brightness];
  });
  if (planet.ring) paintRing(canvas, x, y, radius, orbit, "before");
}

function paintRing(
  canvas: Canvas,
  x: number,
  y: number,
  radius: number,
  { tilt, flatness, planet }: Orbit,
  side: "behind" | "before",
): void {
  const [cosine, sine] = [Math.cos(tilt), Math.sin(tilt)];
  const reach = Math.ceil(radius * 2.4);
  for (let row = Math.floor(y) - reach; row <= y + reach; row += 1) {
    for (let column = Math.floor(x) - reach; column <= x + reach; column += 1) {
      const u = ((column - x) * cosine + (row - y) * sine) / radius;
      const v = (-(column - x) * sine + (row - y) * cosine) / radius;
      if (v < 0 !== (side === "behind")) continue;
      const away = Math.hypot(u, v / (flatness * 0.55));
      const cover = clamp((away - 1.35) * 12) * clamp((2.2 - away) * 6);
      const gap = clamp(Math.abs(away - 1.85) * 30);
      paint(canvas, column, row, planet.colour, cover * (0.25 + 0.45 * gap));
    }
  }
}

function paintSun(canvas: Canvas, { sun }: Scene): void {
  const core: Colour = [1, 0.98, 0.92];
  paintDisc(canvas, sun.x * canvas.width, sun.y * canvas.height, sun.radius * canvas.side, (u, v) => {
    const edge = clamp(Math.hypot(u, v)) ** 3;
    return [
      core[0] + (sun.colour[0] - core[0]) * edge,
      core[1] + (sun.colour[1] - core[1]) * edge,
      core[2] + (sun.colour[2] - core[2]) * edge,
    ];
  });
}

/** Light as bytes: bright light rolls off instead of being cut, and the corners are a little darker. */
function shown({ width, height, light }: Canvas): Uint8Array {
  const pixels = new Uint8Array(light.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const corner = Math.hypot(x / width - 0.5, y / height - 0.5);
      const vignette = 1 - 0.55 * corner * corner;
      const at = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        const value = (light[at + channel] ?? 0) * vignette;
        const rolled = value < 0.8 ? value : 0.8 + 0.2 * (1 - Math.exp((0.8 - value) * 5));
        pixels[at + channel] = Math.round(clamp(rolled) * 255);
      }
    }
  }
  return pixels;
}

/** Draws a PNG; 512 pixels square where no size is given. */
export async function drawImage(request: {
  prompt: string;
  width?: number;
  height?: number;
  seed?: number;
}): Promise<Uint8Array> {
  const width = request.width ?? request.height ?? 512;
  const height = request.height ?? width;
  const scene = sceneFor(request.prompt, request.seed ?? 0);
  const canvas: Canvas = {
    width,
    height,
    side: Math.min(width, height),
    light: new Float32Array(width * height * 3),
  };
  paintSky(canvas, scene);
  paintStars(canvas, scene);
  for (const orbit of scene.orbits) paintOrbit(canvas, scene, orbit);
  paintSun(canvas, scene);
  for (const orbit of scene.orbits) paintPlanet(canvas, scene, orbit);
  return await encodePng(width, height, shown(canvas));
}
