// The device's worker: the module, its files, and one answer for each call.
//
// It alone has the store open. A trial of what a peer sent is done in a second instance of the
// module, which knows nothing of the browser and is thrown away when it ends badly or has grown.
import init, { Phone } from 'goodword-module';
import type { Call, Failure, Reply } from './calls';

/** Memory of a trial's instance beyond which it is thrown away, in bytes. */
const TRIAL_MEMORY_MAX = 64 * 1024 * 1024;

/** How the module's import begins that fills so many bytes at an address with dice. */
const DRAW = '__wbg_getRandomValues_';

/** How long to wait for the files of a worker that was ended, in milliseconds. */
const OPEN_PATIENCE = 2000;

/** One trial, as goodwordTrial is called by the module: the reason if it is refused. */
type Trial = (bytes: Uint8Array) => string | undefined;

interface TrialExports {
  memory: WebAssembly.Memory;
  goodword_trial_room(bytes: number): number;
  goodword_trial(room: number, bytes: number): number;
}

function trials(module: WebAssembly.Module): Trial {
  let exports: TrialExports | undefined;
  const begin = (): TrialExports => {
    const imports: Record<string, Record<string, (...numbers: number[]) => void>> = {};
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
      if (kind !== 'function') throw new Error(`the module imports the ${kind} ${name}`);
      const stub = (): never => {
        throw new Error(`a trial called ${name}`);
      };
      // automerge draws an actor for every document that it loads; it goes with the trial.
      const draw = (at: number, bytes: number) =>
        void crypto.getRandomValues(new Uint8Array(started.memory.buffer, at, bytes));
      (imports[from] ??= {})[name] = name.startsWith(DRAW) ? draw : stub;
    }
    const instance = new WebAssembly.Instance(module, imports);
    const started = instance.exports as unknown as TrialExports;
    return started;
  };
  return (bytes) => {
    try {
      exports ??= begin();
      const room = exports.goodword_trial_room(bytes.length);
      new Uint8Array(exports.memory.buffer).set(bytes, room);
      const at = exports.goodword_trial(room, bytes.length);
      const memory = exports.memory.buffer;
      if (memory.byteLength > TRIAL_MEMORY_MAX) exports = undefined;
      if (at === 0) return undefined;
      const length = new DataView(memory).getUint32(at, true);
      return new TextDecoder().decode(new Uint8Array(memory, at + 4, length));
    } catch {
      exports = undefined;
      return 'it panicked';
    }
  };
}

async function file(name: string): Promise<FileSystemSyncAccessHandle> {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle(name, { create: true });
  const until = Date.now() + OPEN_PATIENCE;
  for (;;) {
    try {
      return await handle.createSyncAccessHandle();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((go) => setTimeout(go, 50));
    }
  }
}

async function open(): Promise<Phone> {
  const url = new URL('goodword.wasm', self.location.href);
  const module = await WebAssembly.compileStreaming(fetch(url));
  Object.assign(globalThis, { goodwordTrial: trials(module) });
  await init({ module_or_path: module });
  const files: FileSystemSyncAccessHandle[] = [];
  try {
    for (const name of ['store.redb', 'device.key']) files.push(await file(name));
    const [store, key] = files as [FileSystemSyncAccessHandle, FileSystemSyncAccessHandle];
    const phone = Phone.open(store, key, (text: string) => postMessage({ told: JSON.parse(text) }));
    // Nothing that is here waits for the network.
    if (JSON.parse(phone.status()).has_book) phone.goOnline(phone.relay()).catch(() => {});
    return phone;
  } catch (error) {
    for (const one of files) one.close();
    throw error;
  }
}

let opening: Promise<Phone> | undefined;

/** The device, opened when it is first asked for, and again after that failed. */
function opened(): Promise<Phone> {
  opening ??= open().catch((error) => {
    opening = undefined;
    throw error;
  });
  return opening;
}

async function answer(call: Call): Promise<unknown> {
  const phone = await opened();
  switch (call.do) {
    case 'apply':
      return JSON.parse(phone.apply(JSON.stringify(call.change)));
    case 'ask':
      return JSON.parse(phone.ask(call.name, JSON.stringify(call.question)));
    case 'status':
      return { ...JSON.parse(phone.status()), today: phone.today() };
    case 'join':
      return phone.join(call.invitation, call.name);
    case 'sync':
      return phone.sync();
  }
}

function failure(error: unknown): Failure {
  if (typeof error === 'string') return JSON.parse(error) as Failure;
  // A panic ends the module; whoever started this worker starts another.
  if (error instanceof WebAssembly.RuntimeError) postMessage({ ended: true });
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: 'storage', text, hint: null };
}

addEventListener('message', ({ data }: MessageEvent<{ id: number; call: Call }>) => {
  answer(data.call).then(
    (value) => postMessage({ id: data.id, value } satisfies Reply),
    (error: unknown) => postMessage({ id: data.id, failure: failure(error) } satisfies Reply),
  );
});
postMessage({ ready: true });
