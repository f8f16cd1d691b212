/** Contrast and size of what the tokens allow; what pages make of them, axe and `expectLegible` see in the browser. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";

const SOURCE = join(import.meta.dirname, "..");
const tokens = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");

type Rgb = [number, number, number];

/** Both values of `--name: light-dark(#…, #…)`. */
function colorsOf(name: string): { light: Rgb; dark: Rgb } {
  const match = new RegExp(`--${name}: light-dark\\(#([0-9a-f]{6}), #([0-9a-f]{6})\\)`).exec(tokens);
  if (match?.[1] === undefined || match[2] === undefined) throw new Error(`--${name} is no pair of colours`);
  return { light: parseHex(match[1]), dark: parseHex(match[2]) };
}

function parseHex(hex: string): Rgb {
  const [r = 0, g = 0, b = 0] = hex.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
  return [r, g, b];
}

/** `color-mix(in srgb, front share, transparent)` on a ground. */
function mix(front: Rgb, ground: Rgb, share: number): Rgb {
  const at = (index: 0 | 1 | 2) => front[index] * share + ground[index] * (1 - share);
  return [at(0), at(1), at(2)];
}

/** WCAG 2.2. */
function contrast(a: Rgb, b: Rgb): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: Rgb): number {
  const [r = 0, g = 0, b = 0] = color.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const THEMES = ["light", "dark"] as const;
const GROUNDS = ["ground", "surface", "raised", "overlay", "hover", "selected"];
const TEXTS = ["text", "quiet", "faint", "accent", "danger", "warning", "good"];
const TONES = [...tokens.matchAll(/--((?:type|state)-[a-z]+|role):/g)].flatMap(([, name]) => name ?? []);
const CODE = [...tokens.matchAll(/--(code-(?!ground)[a-z]+):/g)].flatMap(([, name]) => name ?? []);

it.each(THEMES)("has 4.5 : 1 for every text on every ground, %s", (theme) => {
  expect(TONES).toHaveLength(13);
  const poor: string[] = [];
  const look = (text: string, ground: string, on: Rgb) => {
    const ratio = contrast(colorsOf(text)[theme], on);
    if (ratio < 4.5) poor.push(`${text} on ${ground}: ${ratio.toFixed(2)}`);
  };
  for (const ground of GROUNDS) {
    const on = colorsOf(ground)[theme];
    for (const text of [...TEXTS, ...TONES]) look(text, ground, on);
    // A badge is its tone on a tint of it.
    for (const tone of TONES) look(tone, `${ground}, tinted`, mix(colorsOf(tone)[theme], on, 0.13));
  }
  for (const text of CODE) look(text, "code-ground", colorsOf("code-ground")[theme]);
  look("on-accent", "accent-fill", colorsOf("accent-fill")[theme]);
  look("on-danger", "danger-fill", colorsOf("danger-fill")[theme]);
  look("text", "mark", colorsOf("mark")[theme]);
  expect(poor).toEqual([]);
});

it.each(THEMES)("has 3 : 1 for the borders of controls and for presence, %s", (theme) => {
  const poor = GROUNDS.flatMap((ground) =>
    ["line-strong", "online", "offline"].flatMap((mark) => {
      const ratio = contrast(colorsOf(mark)[theme], colorsOf(ground)[theme]);
      return ratio < 3 ? `${mark} on ${ground}: ${ratio.toFixed(2)}` : [];
    }),
  );
  expect(poor).toEqual([]);
});

it("writes nothing smaller than 12 px, in any style sheet", () => {
  const sheets = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".css"));
  const sizes = sheets.flatMap((path) =>
    [...readFileSync(join(SOURCE, path), "utf8").matchAll(/(?:font-size|font|--text-\w+):([^;]+);/g)].map(
      ([, value = ""]) => ({ sheet: relative(SOURCE, join(SOURCE, path)), value: value.trim() }),
    ),
  );
  const small = sizes.filter(({ value }) => {
    const [, size, unit] = /(?<![\w.-])([\d.]+)(rem|px)\b/.exec(value) ?? [];
    return size !== undefined && Number(size) * (unit === "rem" ? 16 : 1) < 12;
  });
  expect(sizes.length).toBeGreaterThan(20);
  expect(small).toEqual([]);
});
