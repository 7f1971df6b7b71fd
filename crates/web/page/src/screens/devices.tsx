// Where copies of the book are, when they were last met, and what waits for them.
import { useEffect, useState } from 'preact/hooks';
import type { Peer, Status } from '../calls';
import { call } from '../device';
import { ago, counted } from '../state';

export function Devices({ status }: { status: Status }) {
  const peers = status.peers.filter((peer) => !peer.removed);
  const copies = peers.length + 1;
  const met = Math.max(0, ...peers.map((peer) => peer.last_met ?? 0));
  const waiting = Math.max(0, ...peers.map((peer) => peer.waiting ?? 0));
  const inTouch = peers.some((peer) => peer.connected);
  return (
    <>
      <h1>Devices</h1>
      <p>Copies of your book are on {counted(copies, 'device', 'devices')}{met > 0 ? `, last met ${ago(met)}` : ''}.</p>
      {waiting > 0 && !inTouch && <p class="note" role="status">Both must be on at once: {counted(waiting, 'change waits', 'changes wait')} on this one.</p>}
      <ul class="cards">
        <li class="card"><p class="who">This device</p><p class="quiet">{counted(status.store.people, 'person', 'people')} · {size(status.store.store_bytes)}</p><Kept /></li>
        {peers.map((peer) => <One key={peer.device} peer={peer} />)}
      </ul>
      <button type="button" class="wide" onClick={() => void call({ do: 'sync' })}>Call them now</button>
      <p class="quiet">The copy in this browser is not encrypted yet: whoever can unlock this device can read it. If it gets lost, remove it on the laptop: <code>goodword devices remove</code></p>
    </>
  );
}

function One({ peer }: { peer: Peer }) {
  const words = peer.connected ? 'in touch' : peer.last_met ? `last met ${ago(peer.last_met)}` : 'never met from here';
  return (
    <li class="card">
      <p class="who" dir="auto">{peer.name ?? peer.device.slice(0, 8)}</p>
      <p class={peer.connected ? 'good' : 'quiet'}>{words}</p>
    </li>
  );
}

/** Whether the browser has promised to keep what is here. */
function Kept() {
  const [kept, setKept] = useState<boolean>();
  useEffect(() => void navigator.storage.persisted?.().then(setKept), []);
  if (kept === undefined) return null;
  return <p class="quiet">{kept ? 'The browser keeps it until you remove it.' : 'The browser may drop it when space runs out; then scan an invitation again.'}</p>;
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
