// Runs the simulator's module for the seeds of tests/data/simulation.txt and compares the hashes:
//   node tests/wasm/run.mjs MODULE.wasm [SEEDS]
import { readFileSync } from 'node:fs';

const committed = readFileSync(new URL('../data/simulation.txt', import.meta.url), 'utf8')
  .trim().split('\n').map((line) => line.split(' '));
const seeds = committed.slice(0, Number(process.argv[3] ?? committed.length));
const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) throw new Error(`the module imports ${JSON.stringify(imports)}`);
const { exports } = new WebAssembly.Instance(module, {});
let failed = 0;
for (const [seed, hash] of seeds) {
  const at = exports.run(BigInt(seed));
  const found = at === 0 ? 'none' : Buffer.from(exports.memory.buffer, at, 32).toString('hex');
  if (found !== hash) {
    failed += 1;
    console.error(`seed ${seed}: ${found} instead of ${hash}`);
  }
}
console.log(`wasm: ${seeds.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 && seeds.length > 0 ? 0 : 1);
