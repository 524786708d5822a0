import type { ReactNode } from 'react';

export type Tone = 'good' | 'warn' | 'bad' | 'plain' | 'accent';

const SIGNS: Readonly<Record<Tone, string>> = {
  good: '●',
  warn: '▲',
  bad: '■',
  plain: '○',
  accent: '◆',
};

/** A state in a word; its sign tells it from others where colours do not. */
export function Pill(props: { readonly tone: Tone; readonly children: ReactNode }): ReactNode {
  return (
    <span className={`pill ${props.tone}`}>
      <span aria-hidden="true">{SIGNS[props.tone]} </span>
      {props.children}
    </span>
  );
}

/** The tone of a replica's status. */
export function statusTone(status: string): Tone {
  if (status === 'live') return 'good';
  return status === 'conflict' || status === 'down' ? 'bad' : 'warn';
}
