// Logs a talk: who, how, what it brought, a note. Kept on this device before the screen says so.
import { useState } from 'preact/hooks';
import { CHANNELS, YIELDS } from '../calls';
import type { Channel, Failure, Person, PersonPage } from '../calls';
import { Trouble } from '../app';
import { call } from '../device';
import { dayAfter, failureOf, go, question, useAnswer } from '../state';
import { usePeople } from './people';

const FOUND_MAX = 6;

export function Log({ record, today }: { record: string; today: string }) {
  if (!record) return <Who />;
  return <What record={record} today={today} />;
}

function Who() {
  const [words, setWords] = useState('');
  const [failure, setFailure] = useState<Failure>();
  const { answer } = usePeople(words, FOUND_MAX);
  const name = words.trim();
  const add = () =>
    call<{ created: string[] }>({ do: 'apply', change: { AddPerson: { name, edits: [] } } })
      .then(({ created }) => go(`log/${created[0]}`), (error) => setFailure(failureOf(error)));
  return (
    <>
      <h1>With whom?</h1>
      <label class="search">
        <span>Name</span>
        <input type="search" value={words} autocomplete="off" spellcheck={false} dir="auto"
          ref={(input) => { input?.focus(); }}
          onInput={(event) => setWords(event.currentTarget.value)} />
      </label>
      {failure && <Trouble failure={failure} />}
      <ul class="list">
        {answer?.people.map(({ person }) => (
          <li key={person.record}>
            <a href={`#log/${person.record}`}>
              <span class="who" dir="auto">{person.name}</span>
              {person.company && <span class="quiet" dir="auto">{person.company}</span>}
            </a>
          </li>
        ))}
      </ul>
      {name && <button type="button" onClick={() => void add()}>Somebody new: <b dir="auto">{name}</b></button>}
    </>
  );
}

function What({ record, today }: { record: string; today: string }) {
  const ask = () => question<PersonPage>('show', { record, interactions: 1 });
  const { answer, failure } = useAnswer(`person ${record}`, ask);
  if (failure) return <Trouble failure={failure} />;
  if (!answer) return <p class="quiet" role="status">Looking …</p>;
  return <Form person={answer.person} today={today} />;
}

function Form({ person, today }: { person: Person; today: string }) {
  const [channel, setChannel] = useState<Channel>('meeting');
  const [got, setGot] = useState<string[]>([]);
  const [text, setText] = useState('');
  const [on, setOn] = useState(today);
  const [failure, setFailure] = useState<Failure>();
  const [saving, setSaving] = useState(false);
  const toggle = (one: string) =>
    setGot((all) => (all.includes(one) ? all.filter((known) => known !== one) : [...all, one]));
  const save = (event: Event) => {
    event.preventDefault();
    setSaving(true);
    const talk = { people: [person.record], on, channel, text, private_text: null, got, introduces: [], next: null };
    call({ do: 'apply', change: { Log: talk } }).then(
      () => go(`person/${person.record}`),
      (error) => {
        setFailure(failureOf(error));
        setSaving(false);
      },
    );
  };
  return (
    <form onSubmit={save}>
      <h1>Talk with <span dir="auto">{person.name}</span></h1>
      <fieldset>
        <legend>How</legend>
        {CHANNELS.map((one) => (
          <label class="chip" key={one}>
            <input type="radio" name="channel" checked={channel === one} onChange={() => setChannel(one)} />
            <span>{one}</span>
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>What it brought</legend>
        {YIELDS.map((one) => (
          <label class="chip" key={one}>
            <input type="checkbox" checked={got.includes(one)} onChange={() => toggle(one)} />
            <span>{one}</span>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>Note</span>
        <textarea rows={4} dir="auto" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>Day</span>
        <input type="date" required value={on} min={dayAfter(today, -3650)} max={today}
          onInput={(event) => setOn(event.currentTarget.value)} />
      </label>
      {failure && <Trouble failure={failure} />}
      <button type="submit" class="primary wide" disabled={saving}>Keep it</button>
    </form>
  );
}
