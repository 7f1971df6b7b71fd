// The page's way to its device: calls with answers, and a word whenever something may have changed.
//
// One tab of an origin has the worker, under a lock; the others ask through it. When it goes, the
// next one takes over, and whoever waits for an answer asks again.
import type { Call, Failure, Reply, Told } from './calls';

const CHANNEL = 'goodword';
const LOCK = 'goodword-device';

/** How long a tab that has no worker waits for an answer before it asks again, in milliseconds. */
const ASK_AGAIN_AFTER = 3000;

const LOST: Failure = {
  kind: 'storage',
  text: 'your book was closed amid this',
  hint: 'look whether it was saved before you do it again',
};

export class Refused extends Error {
  constructor(readonly failure: Failure) {
    super(failure.text);
  }
}

type Answered = (reply: Reply) => void;

const channel = new BroadcastChannel(CHANNEL);
const tab = crypto.randomUUID();
const waiting = new Map<number, { call: Call; answered: Answered }>();
const listeners = new Set<(told: Told) => void>();
let worker: Worker | undefined;
let last = 0;

/** Hears what the device tells, until the returned function is called. */
export function hear(listener: (told: Told) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Makes a call; rejects with what the device refused. */
export function call<T>(what: Call): Promise<T> {
  last += 1;
  const id = last;
  return new Promise((resolve, reject) => {
    const answered: Answered = (reply) => {
      waiting.delete(id);
      if ('failure' in reply) reject(new Refused(reply.failure));
      else resolve(reply.value as T);
    };
    waiting.set(id, { call: what, answered });
    send(id, what);
  });
}

function send(id: number, what: Call) {
  if (worker) worker.postMessage({ id, call: what });
  else channel.postMessage({ from: tab, id, call: what });
}

/** Another tab's calls have ids of their own range, so that answers find their way back. */
const guests = new Map<number, { from: string; id: number }>();
let guest = 0;

function lead() {
  const started = new Worker('worker.js', { type: 'module' });
  started.addEventListener('message', ({ data }) => {
    if ('ready' in data) {
      worker = started;
      follow();
      channel.postMessage({ leads: true });
      return;
    }
    if ('told' in data) {
      tell(data.told);
      channel.postMessage({ told: data.told });
      return;
    }
    if ('ended' in data) {
      // What was asked may be what ended it: nothing is asked again by itself.
      started.terminate();
      worker = undefined;
      for (const [id, one] of waiting) one.answered({ id, failure: LOST });
      lead();
      return;
    }
    const reply = data as Reply;
    const asked = guests.get(reply.id);
    if (asked) {
      guests.delete(reply.id);
      channel.postMessage({ to: asked.from, reply: { ...reply, id: asked.id } });
    } else {
      waiting.get(reply.id)?.answered(reply);
    }
  });
}

function tell(told: Told) {
  for (const listener of listeners) listener(told);
}

/** Another tab leads. What may have been done is not done twice. */
function follow() {
  for (const [id, one] of waiting) {
    if (one.call.do === 'apply' || one.call.do === 'join') one.answered({ id, failure: LOST });
    else send(id, one.call);
  }
}

channel.addEventListener('message', ({ data }) => {
  if ('leads' in data) {
    if (!worker) follow();
  } else if ('told' in data) {
    tell(data.told);
  } else if ('call' in data && worker) {
    guest -= 1;
    guests.set(guest, { from: data.from, id: data.id });
    worker.postMessage({ id: guest, call: data.call });
  } else if (data.to === tab) {
    waiting.get(data.reply.id)?.answered(data.reply);
  }
});

// Held for as long as the tab lives.
void navigator.locks.request(LOCK, () => {
  lead();
  return new Promise(() => {});
});

setInterval(() => {
  // A question may be asked twice, a change may not.
  if (worker) return;
  for (const [id, one] of waiting) if (one.call.do !== 'apply' && one.call.do !== 'join') send(id, one.call);
}, ASK_AGAIN_AFTER);
