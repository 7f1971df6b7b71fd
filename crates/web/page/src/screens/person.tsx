// One person: how to reach them, what was said, and what another device says differently.
import type { Also, Interaction, PersonPage } from '../calls';
import { Trouble } from '../app';
import { dayBeside, question, useAnswer } from '../state';

const INTERACTIONS_MAX = 50;

export function Person({ record, today }: { record: string; today: string }) {
  const ask = () => question<PersonPage>('show', { record, interactions: INTERACTIONS_MAX });
  const { answer, failure } = useAnswer(`person ${record}`, ask);
  if (failure) return <Trouble failure={failure} />;
  if (!answer) return <p class="quiet" role="status">Looking …</p>;
  const { person } = answer;
  const role = [person.title, person.company].filter(Boolean).join(' · ');
  const notes = [...person.notes, ...(answer.private?.notes ?? [])];
  return (
    <>
      <h1 dir="auto">{person.name}</h1>
      {role && <p class="role" dir="auto">{role}</p>}
      <AlsoOf also={person.also} />
      {answer.introduced_by && <p>Introduced by <b dir="auto">{answer.introduced_by}</b></p>}
      {person.next && <p>Next: {person.next.why} <span class="quiet">{dayBeside(person.next.on, today)}</span></p>}
      {person.tags.length > 0 && <p class="tags">{person.tags.map((tag) => <span key={tag} dir="auto">{tag}</span>)}</p>}
      <ul class="reach">
        {answer.details?.reach.map(({ kind, entry }) => (
          <li key={`${kind} ${entry.value}`}><Reach kind={kind} value={entry.value} label={entry.label} /></li>
        ))}
      </ul>
      {notes.map((note) => <p class="note" dir="auto" key={note.text}>{note.text}</p>)}
      <h2>Talks</h2>
      {answer.timeline.length === 0 && <p class="empty">No talk is logged yet. The button below logs the first one.</p>}
      <ol class="timeline">
        {answer.timeline.map((one) => <Talk key={one.interaction} talk={one} today={today} />)}
      </ol>
      {answer.interactions > answer.timeline.length && (
        <p class="quiet">{answer.interactions - answer.timeline.length} earlier ones are on the laptop: <code>goodword show</code></p>
      )}
    </>
  );
}

function AlsoOf({ also }: { also: Also[] }) {
  return <>{also.map(({ field, value }) => <p class="also" key={field + value}>{field} also: <span dir="auto">{value}</span></p>)}</>;
}

function Reach({ kind, value, label }: { kind: string; value: string; label: string }) {
  const what = label ? `${value} (${label})` : value;
  if (kind === 'email') return <a href={`mailto:${encodeURIComponent(value)}`} aria-label={`Write to ${value}`}>{what}</a>;
  if (kind === 'phone') return <a href={`tel:${value.replace(/[^+\d]/g, '')}`} aria-label={`Call ${value}`}>{what}</a>;
  if (/^https:\/\//.test(value)) return <a href={value} rel="noreferrer noopener" target="_blank">{what}</a>;
  return <span dir="auto">{what}</span>;
}

function Talk({ talk, today }: { talk: Interaction; today: string }) {
  return (
    <li>
      <p class="quiet"><time dateTime={talk.on}>{dayBeside(talk.on, today)}</time> · {talk.channel}{talk.got.map((got) => <span class="got" key={got}>{got}</span>)}</p>
      <p dir="auto">{talk.text}</p>
      <AlsoOf also={talk.also} />
    </li>
  );
}
