// Builds the page into ../dist: node build.mjs FOLDER, where FOLDER holds what bindgen wrote.
// Every file but the entry points is named in the service worker's list with the hash of all.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { icon } from './icon.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = `${here}../dist`;
const module = process.argv[2];
if (!module) throw new Error('usage: node build.mjs FOLDER');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
cpSync(`${here}static`, dist, { recursive: true });
cpSync(`${module}/goodword_web_bg.wasm`, `${dist}/goodword.wasm`);
for (const size of [192, 512]) writeFileSync(`${dist}/icon-${size}.png`, icon(size));

const options = {
  absWorkingDir: here,
  alias: { 'goodword-module': `${module}/goodword_web.js` },
  bundle: true,
  format: 'esm',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  minify: true,
  target: 'es2022',
};
await build({ ...options, entryPoints: ['src/main.tsx', 'src/worker.ts'], outdir: dist });
await build({ ...options, entryPoints: ['src/style.css'], outdir: dist });

const files = readdirSync(dist).sort();
const hash = createHash('sha256');
for (const file of files) hash.update(file).update(readFileSync(`${dist}/${file}`));
const define = {
  FILES: JSON.stringify(files),
  VERSION: JSON.stringify(hash.digest('hex').slice(0, 16)),
};
await build({ ...options, define, entryPoints: ['src/sw.ts'], format: 'iife', outdir: dist });
