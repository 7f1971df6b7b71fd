// Whom to get in touch with today, each with what to do about it.
import type { Status, TodayLine, TodayList } from '../calls';
import { Trouble } from '../app';
import { call } from '../device';
import { counted, dayAfter, dayBeside, go, question, useAnswer } from '../state';

const LINES_MAX = 10;
const SNOOZE_DAYS = 7;

const ACTS: Record<TodayLine['act'], string> = {
  'follow-up': 'Follow up',
  write: 'Write to',
  'keep-warm': 'Get in touch',
  triage: 'Sort',
  import: 'Begin',
};

export function Today({ status }: { status: Status }) {
  const today = status.today;
  const ask = () => question<TodayList>('today', { on: today, limit: LINES_MAX });
  const { answer, failure } = useAnswer(`today ${today}`, ask);
  if (failure) return <Trouble failure={failure} />;
  if (!answer) return <p class="quiet" role="status">Looking …</p>;
  const lines = answer.lines.filter((line) => line.person);
  const day = new Date(`${today}T12:00`);
  return (
    <>
      <h1>{day.toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long' })}</h1>
      {!status.is_admitted && <p class="note" role="status">Your book is still coming …</p>}
      {status.store.behind > 0 && <p class="note" role="status">{counted(status.store.behind, 'record is', 'records are')} still being taken in.</p>}
      {lines.length === 0 && <Nobody list={answer} />}
      <ol class="cards">
        {lines.map((line) => <Line key={`${line.act} ${line.person?.record}`} line={line} today={today} />)}
      </ol>
      {answer.more > 0 && <p class="quiet">{answer.more.toLocaleString()} more {answer.more === 1 ? 'is' : 'are'} due after these.</p>}
      {answer.untriaged > 0 && (
        <p class="quiet">
          {counted(answer.untriaged, 'person has', 'people have')} no tier, so nothing makes them due. Sort them with <code>goodword triage</code>.
        </p>
      )}
    </>
  );
}

function Nobody({ list }: { list: TodayList }) {
  if (list.people === 0) return <p class="empty">Nobody is in your book yet. Import your network on the laptop, and it appears here.</p>;
  return <p class="empty">Nobody is due today. Somebody on your mind? <a href="#people">Find them</a> and log a talk.</p>;
}

function Line({ line, today }: { line: TodayLine; today: string }) {
  const person = line.person;
  if (!person) return null;
  const late = line.due < today;
  const next = (value: unknown) =>
    call({ do: 'apply', change: { EditPeople: { people: [person.record], edits: [{ Next: value }] } } });
  const snooze = () => next({ on: dayAfter(today, SNOOZE_DAYS), why: person.next?.why ?? '' });
  return (
    <li class="card">
      <p class="act">{ACTS[line.act]} <span class={late ? 'late' : 'quiet'}>{dayBeside(line.due, today)}</span></p>
      <a class="who" dir="auto" href={`#person/${person.record}`}>{person.name}</a>
      {person.company && <p class="quiet" dir="auto">{person.company}</p>}
      <p dir="auto">{line.reason}</p>
      <div class="row">
        <button type="button" class="primary" onClick={() => go(`log/${person.record}`)} aria-label={`Done: log a talk with ${person.name}`}>Done</button>
        <button type="button" onClick={() => void snooze()} aria-label={`Snooze ${person.name} for a week`}>In a week</button>
      </div>
    </li>
  );
}
