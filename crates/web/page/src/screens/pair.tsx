// Joins this device to the book: an invitation by the camera or by paste, a code to compare.
import { useEffect, useState } from 'preact/hooks';
import type { Failure, Status } from '../calls';
import { Trouble } from '../app';
import { call, hear } from '../device';
import { counted, failureOf, go } from '../state';
import { Camera } from './camera';

type Step = { at: 'asked' } | { at: 'calling' } | { at: 'compare'; code: string } | { at: 'coming' };

export function Pair({ invited, status }: { invited: string; status: Status }) {
  const [text, setText] = useState(invited);
  const [step, setStep] = useState<Step>({ at: 'asked' });
  const [failure, setFailure] = useState<Failure>();
  const [scanning, setScanning] = useState(false);
  useEffect(() => hear((told) => {
    if (told.told === 'compare') setStep({ at: 'compare', code: told.code });
    if (told.told === 'welcomed') setStep({ at: 'coming' });
  }), []);
  const join = (invitation: string) => {
    setFailure(undefined);
    setScanning(false);
    setStep({ at: 'calling' });
    call({ do: 'join', invitation: withoutPage(invitation), name: deviceName() }).then(
      () => {
        void navigator.storage.persist?.();
        // Whoever has begun meanwhile stays where they are.
        if (location.hash === '' || location.hash === '#pair') go('today');
      },
      (error) => {
        setFailure(failureOf(error));
        setStep({ at: 'asked' });
      },
    );
  };
  if (status.has_book && step.at === 'asked') {
    return (
      <>
        {failure && <Trouble failure={failure} />}
        <p class="empty">This device has your book. {!status.is_admitted && 'What it holds comes as soon as both devices are on. '}<a href="#today">Today</a></p>
      </>
    );
  }
  if (step.at === 'compare') {
    return (
      <div class="step" role="status">
        <h1>Compare</h1>
        <p>Your other device must show this code. Say yes there.</p>
        <p class="code">{step.code}</p>
      </div>
    );
  }
  if (step.at === 'coming') {
    return (
      <div class="step" role="status">
        <h1>You are in</h1>
        <p>{counted(status.store.people, 'person is', 'people are')} here, and more are coming. You can <a href="#today">begin</a> meanwhile.</p>
      </div>
    );
  }
  return (
    <>
      <h1>Your book, on this device too</h1>
      <p>On your laptop, run <code>goodword pair</code>. It shows a picture and a text.</p>
      {failure && <Trouble failure={failure} />}
      {scanning ? <Camera found={join} closed={() => setScanning(false)} /> : (
        <button type="button" class="primary wide" disabled={step.at !== 'asked'} onClick={() => setScanning(true)}>Scan the picture</button>
      )}
      <form onSubmit={(event) => { event.preventDefault(); join(text); }}>
        <label class="field">
          <span>or paste the text</span>
          <textarea rows={4} value={text} autocomplete="off" spellcheck={false}
            onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <button type="submit" class="wide" disabled={step.at !== 'asked' || !text.trim()}>
          {step.at === 'calling' ? 'Calling …' : 'Join'}
        </button>
      </form>
      <p class="quiet">The copy in this browser is not encrypted yet: whoever can unlock this device can read it. A browser may drop what it keeps; your laptop keeps the book.</p>
    </>
  );
}

/** The invitation in a link to the page, or the text as it is. */
function withoutPage(text: string): string {
  return text.slice(text.lastIndexOf('#') + 1);
}

/** What the device calls itself; the owner can rename it. */
function deviceName(): string {
  const agent = navigator.userAgent;
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac', 'Linux'].find((one) => agent.includes(one));
  return `${system ?? 'some'} browser`;
}
