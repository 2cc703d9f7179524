/** Paints a BlurHash (github.com/woltapp/blurhash/blob/master/Algorithm.md) on a canvas. */

import { html, useLayoutEffect, useRef } from "./vendor/htm-preact-standalone.js";

const DIGITS =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));
const LONGER_SIDE = 32; // pixels: a BlurHash here has four waves across it

const LINEAR = Float64Array.from({ length: 256 }, (_, level) => {
  const value = level / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
});

/** Return the components of a BlurHash, row by row; null if the text is not one. */
export function components(hash) {
  if (typeof hash !== "string" || hash.length < 6) return null;
  const values = [...hash].map((digit) => VALUES.get(digit));
  if (values.includes(undefined)) return null;
  const number = (start, end) => values.slice(start, end).reduce((sum, each) => sum * 83 + each, 0);
  const across = (values[0] % 9) + 1;
  const down = Math.floor(values[0] / 9) + 1;
  if (values.length !== 4 + 2 * across * down) return null;
  const scale = (values[1] + 1) / 166;
  const average = number(2, 6);
  const factors = [[16, 8, 0].map((shift) => LINEAR[(average >> shift) & 255])];
  for (let start = 6; start < values.length; start += 2) {
    const packed = number(start, start + 2);
    factors.push([361, 19, 1].map((unit) => wave(Math.floor(packed / unit) % 19, scale)));
  }
  return { across, down, factors };
}

/** Return the pixels of a BlurHash as RGBA, row by row; null if the text is not one. */
export function pixels(hash, width, height) {
  const found = components(hash);
  if (!found) return null;
  const along = cosines(found.across, width);
  const below = cosines(found.down, height);
  const painted = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 4) {
      const sums = [0, 0, 0];
      for (let row = 0, each = 0; row < found.down; row += 1) {
        for (let column = 0; column < found.across; column += 1, each += 1) {
          const basis = along[column * width + x] * below[row * height + y];
          for (let channel = 0; channel < 3; channel += 1) {
            sums[channel] += found.factors[each][channel] * basis;
          }
        }
      }
      for (let channel = 0; channel < 3; channel += 1) painted[place + channel] = srgb(sums[channel]);
      painted[place + 3] = 255;
    }
  }
  return painted;
}

/**
 * Canvas with the BlurHash of a picture; CSS stretches it. Without a hash it stays empty.
 * @param {{hash?: string, width?: number, height?: number, class?: string}} props width and height
 *   of the picture, for the aspect ratio.
 */
export function Blurhash({ hash, width = 4, height = 3, class: name = "" }) {
  const canvas = useRef(null);
  const size = small(width, height);
  useLayoutEffect(() => {
    const context = canvas.current.getContext("2d");
    const painted = pixels(hash, ...size);
    context.clearRect(0, 0, ...size);
    if (painted) context.putImageData(new ImageData(painted, ...size), 0, 0);
  }, [hash, ...size]);
  return html`<canvas
    ref=${canvas} class=${`blurhash ${name}`} width=${size[0]} height=${size[1]} aria-hidden="true"
  ></canvas>`;
}

function small(width, height) {
  const scale = LONGER_SIDE / Math.max(width, height, 1);
  return [width, height].map((side) => Math.max(1, Math.round(side * scale)));
}

function cosines(count, length) {
  const values = new Float64Array(count * length);
  for (let each = 0; each < count; each += 1) {
    for (let place = 0; place < length; place += 1) {
      values[each * length + place] = Math.cos((Math.PI * each * (place + 0.5)) / length);
    }
  }
  return values;
}

function wave(quantized, scale) {
  const value = (quantized - 9) / 9;
  return Math.sign(value) * value * value * scale;
}

function srgb(linear) {
  const value = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055));
}
