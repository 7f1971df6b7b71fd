// Hooks over the device: a question that is asked again whenever the answer may be another one.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Failure } from './calls';
import { Refused, call, hear } from './device';

/** Changes that follow each other closely are looked at once, after so many milliseconds. */
const SETTLE = 120;

export interface Asked<T> {
  answer: T | undefined;
  failure: Failure | undefined;
}

/** What `ask` gives, asked again after every change; `key` tells when it is another question. */
export function useAnswer<T>(key: string, ask: () => Promise<T>): Asked<T> {
  const [state, setState] = useState<Asked<T> & { key: string }>({
    key, answer: undefined, failure: undefined,
  });
  const current = useRef(ask);
  current.current = ask;
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      timer = undefined;
      current.current().then(
        (answer) => over || setState({ key, answer, failure: undefined }),
        (error) => over || setState({ key, answer: undefined, failure: failureOf(error) }),
      );
    };
    look();
    const deaf = hear((told) => {
      if (told.told === 'changed') timer ??= setTimeout(look, SETTLE);
    });
    return () => {
      over = true;
      clearTimeout(timer);
      deaf();
    };
  }, [key]);
  return state.key === key ? state : { answer: undefined, failure: undefined };
}

export function question<T>(name: string, asked: unknown): Promise<T> {
  return call<T>({ do: 'ask', name, question: asked });
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Refused) return error.failure;
  return { kind: 'storage', text: String(error), hint: 'reload the page' };
}

/** The part of the address after `#`, without it. */
export function useRoute(): string {
  const [route, setRoute] = useState(location.hash.slice(1));
  useEffect(() => {
    const changed = () => setRoute(location.hash.slice(1));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
}

export function go(route: string) {
  location.hash = route;
}

/** A number with its noun. */
export function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

const DAY = 24 * 60 * 60 * 1000;

/** A day beside `today`, both as 2026-11-28: today, yesterday, 3 days ago, in 2 days. */
export function dayBeside(day: string, today: string): string {
  const days = Math.round((Date.parse(day) - Date.parse(today)) / DAY);
  return new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }).format(days, 'day');
}

/** The day so many days after `day`. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);
}

/** How long ago an instant was, in words. */
export function ago(millis: number): string {
  const minutes = Math.round((millis - Date.now()) / 60_000);
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
  if (minutes > -60) return format.format(Math.min(0, minutes), 'minute');
  if (minutes > -48 * 60) return format.format(Math.round(minutes / 60), 'hour');
  return format.format(Math.round(minutes / (24 * 60)), 'day');
}
