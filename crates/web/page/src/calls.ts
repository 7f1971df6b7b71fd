// What page and worker say to each other, and the shapes of what is asked: as the program's own
// questions and answers are, in JSON.

export interface Failure {
  kind: 'user' | 'peer' | 'network' | 'storage' | 'version';
  text: string;
  hint: string | null;
}

export type Call =
  | { do: 'apply'; change: unknown }
  | { do: 'ask'; name: string; question: unknown }
  | { do: 'status' }
  | { do: 'join'; invitation: string; name: string }
  | { do: 'sync' };

export type Reply = { id: number; value: unknown } | { id: number; failure: Failure };

export type Told =
  | { told: 'changed' }
  | { told: 'compare'; code: string }
  | { told: 'welcomed' };

export interface Next {
  on: string;
  why: string;
}

export interface Also {
  field: string;
  value: string;
}

export interface Person {
  record: string;
  name: string;
  company: string | null;
  title: string | null;
  tier: string | null;
  next: Next | null;
  tags: string[];
  also: Also[];
  notes: { text: string }[];
}

export interface PersonLine {
  person: Person;
  last: string | null;
  matched?: { on: string | null; text: string } | null;
}

export interface PeopleList {
  people: PersonLine[];
  total: number;
}

export interface TodayLine {
  act: 'follow-up' | 'write' | 'keep-warm' | 'triage' | 'import';
  person: Person | null;
  due: string;
  reason: string;
}

export interface TodayList {
  lines: TodayLine[];
  more: number;
  untriaged: number;
  people: number;
}

export interface Interaction {
  record: string;
  interaction: string;
  on: string;
  channel: Channel;
  text: string;
  got: string[];
  also: Also[];
}

export interface PersonPage {
  person: Person;
  details: { reach: { kind: string; entry: { label: string; value: string } }[] } | null;
  private: { notes: { text: string }[] } | null;
  timeline: Interaction[];
  interactions: number;
  introduced_by: string | null;
  introduced: string[];
}

export const CHANNELS = ['meeting', 'call', 'video', 'email', 'message', 'event', 'other'] as const;
export type Channel = (typeof CHANNELS)[number];

export const YIELDS = ['advice', 'information', 'lead', 'referral'] as const;

export interface Peer {
  device: string;
  name: string | null;
  removed: boolean;
  last_met: number | null;
  waiting: number | null;
  connected: boolean;
}

export interface Status {
  device: string;
  has_book: boolean;
  is_admitted: boolean;
  online: boolean;
  relay: boolean | null;
  peers: Peer[];
  store: { people: number; behind: number; stuck: number; store_bytes: number };
  today: string;
}
