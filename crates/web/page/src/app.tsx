// The frame of every screen: what is open, what is told, and the ways to the others.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Failure, Status } from './calls';
import { call } from './device';
import { Devices } from './screens/devices';
import { Log } from './screens/log';
import { Pair } from './screens/pair';
import { People } from './screens/people';
import { Person } from './screens/person';
import { Today } from './screens/today';
import { failureOf, go, useAnswer, useRoute } from './state';

/** An invitation that came as the page's address, taken out of it at once. */
let invited = '';
if (location.hash.startsWith('#goodword1')) {
  invited = location.hash.slice(1);
  history.replaceState(null, '', `${location.pathname}#pair`);
}

export function App() {
  const [failure, setFailure] = useState<Failure>();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    call<Status>({ do: 'status' }).then(
      (status) => {
        setOpen(true);
        if (status.has_book) void navigator.storage.persist?.();
      },
      (error) => setFailure(failureOf(error)),
    );
    const back = () => void call({ do: 'sync' }).catch(() => {});
    addEventListener('online', back);
    document.addEventListener('visibilitychange', () => document.hidden || back());
    return () => removeEventListener('online', back);
  }, []);
  if (failure) return <Frame><Trouble failure={failure} /></Frame>;
  if (!isOpen) return <Frame><p class="quiet" role="status">Opening your book …</p></Frame>;
  return <Screens />;
}

function Screens() {
  const route = useRoute();
  const { answer: status, failure } = useAnswer<Status>('status', () => call({ do: 'status' }));
  if (failure) return <Frame><Trouble failure={failure} /></Frame>;
  if (!status) return <Frame><p class="quiet" role="status">Opening your book …</p></Frame>;
  if (!status.has_book || route === 'pair') {
    return <Frame><Pair invited={invited} status={status} /></Frame>;
  }
  const [screen, one = ''] = route.split('/');
  return (
    <Frame status={status} screen={screen || 'today'} person={screen === 'person' ? one : ''}>
      {screen === 'people' ? <People today={status.today} />
        : screen === 'person' ? <Person record={one} today={status.today} />
        : screen === 'log' ? <Log record={one} today={status.today} />
        : screen === 'devices' ? <Devices status={status} />
        : <Today status={status} />}
    </Frame>
  );
}

const TABS = [['today', 'Today'], ['people', 'People'], ['devices', 'Devices']] as const;

interface FrameProps {
  status?: Status;
  screen?: string;
  person?: string;
  children: ComponentChildren;
}

function Frame({ status, screen, person, children }: FrameProps) {
  return (
    <>
      <header>
        <a class="name" href="#today">goodword<span aria-hidden="true">.</span></a>
        {status && <Presence status={status} />}
      </header>
      <main id="main">{children}</main>
      {status && (
        <nav aria-label="Screens">
          {TABS.map(([route, label]) => (
            <a key={route} href={`#${route}`} aria-current={screen === route ? 'page' : undefined}>
              {label}
            </a>
          ))}
          {screen !== 'log' && (
            <button type="button" class="log" onClick={() => go(person ? `log/${person}` : 'log')}>
              Log a talk
            </button>
          )}
        </nav>
      )}
    </>
  );
}

/** Whether another device is in touch, in a word; the Devices screen tells more. */
function Presence({ status }: { status: Status }) {
  const inTouch = status.peers.some((peer) => peer.connected);
  const waiting = Math.max(0, ...status.peers.map((peer) => peer.waiting ?? 0));
  const word = inTouch ? 'in touch' : waiting > 0 ? `${waiting} waiting` : 'offline';
  return (
    <a href="#devices" class={`presence ${inTouch ? 'on' : ''}`}>
      <span class="dot" aria-hidden="true" />{word}
    </a>
  );
}

export function Trouble({ failure }: { failure: Failure }) {
  return (
    <div class="trouble" role="alert">
      <p>{failure.text}</p>
      {failure.hint && <p class="quiet">{failure.hint}</p>}
    </div>
  );
}
