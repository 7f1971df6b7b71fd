// The page's icon, drawn: two circles that touch, one of them a word's full stop. As PNG.
import { deflateSync } from 'node:zlib';

const GROUND = [0x1f, 0x4d, 0x46];
const MARK = [0xf6, 0xef, 0xe2];
const ACCENT = [0xe9, 0xa2, 0x3b];

/** The icon as the bytes of a PNG of so many pixels each way. */
export function icon(size) {
  const rows = [];
  for (let y = 0; y < size; y += 1) {
    const row = [0];
    for (let x = 0; x < size; x += 1) row.push(...color((x + 0.5) / size, (y + 0.5) / size, size));
    rows.push(Buffer.from(row));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const parts = [['IHDR', header], ['IDAT', deflateSync(Buffer.concat(rows))], ['IEND', Buffer.alloc(0)]];
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, ...parts.map(([tag, data]) => chunk(tag, data))]);
}

function color(x, y, size) {
  const ring = Math.abs(Math.hypot(x - 0.42, y - 0.48) - 0.18) - 0.055;
  const dot = Math.hypot(x - 0.72, y - 0.68) - 0.085;
  const mix = (under, over, distance) => {
    const share = Math.min(1, Math.max(0, 0.5 - distance * size));
    return under.map((channel, at) => Math.round(channel + (over[at] - channel) * share));
  };
  return mix(mix(GROUND, MARK, ring), ACCENT, dot);
}

function chunk(tag, data) {
  const body = Buffer.concat([Buffer.from(tag), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

function crc(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  }
  return (rest ^ 0xffffffff) >>> 0;
}
