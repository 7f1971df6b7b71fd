// Everybody, and whoever has the words that are typed: found at each key.
import { useState } from 'preact/hooks';
import type { PeopleList, PersonLine } from '../calls';
import { Trouble } from '../app';
import { counted, dayBeside, question, useAnswer } from '../state';

/** People on the screen: enough to look through; more are found by more words. */
const PEOPLE_MAX = 60;

export function usePeople(words: string, limit: number) {
  const ask = () => {
    const text = words.trim();
    if (text) return question<PeopleList>('find', { text, limit });
    return question<PeopleList>('people', { company: null, tag: null, tier: null, untriaged: false, limit });
  };
  return useAnswer(`people ${limit} ${words.trim()}`, ask);
}

export function People({ today }: { today: string }) {
  const [words, setWords] = useState('');
  const { answer, failure } = usePeople(words, PEOPLE_MAX);
  return (
    <>
      <h1>People</h1>
      <label class="search">
        <span>Name, company, tag or note</span>
        <input type="search" value={words} autocomplete="off" spellcheck={false} dir="auto"
          onInput={(event) => setWords(event.currentTarget.value)} />
      </label>
      {failure && <Trouble failure={failure} />}
      <p class="quiet" role="status">{answer ? foundOf(answer) : 'Looking …'}</p>
      <ul class="list">
        {answer?.people.map((line) => <Line key={line.person.record} line={line} today={today} />)}
      </ul>
    </>
  );
}

function foundOf({ people, total }: PeopleList): string {
  if (total === 0) return 'Nobody';
  const all = counted(total, 'person', 'people');
  return people.length < total ? `The first ${people.length} of ${all}` : all;
}

function Line({ line: { person, last, matched }, today }: { line: PersonLine; today: string }) {
  const role = [person.title, person.company].filter(Boolean).join(' · ');
  return (
    <li>
      <a href={`#person/${person.record}`}>
        <span class="who" dir="auto">{person.name}</span>
        {role && <span class="quiet" dir="auto">{role}</span>}
        {matched && <span class="matched" dir="auto">{matched.text}</span>}
        {last && <span class="quiet">last talk {dayBeside(last, today)}</span>}
      </a>
    </li>
  );
}
