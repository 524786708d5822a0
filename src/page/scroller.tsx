import type { ReactNode } from 'react';

/** What scrolls by itself, and can be reached and scrolled with the keyboard. */
export function Scroller(props: {
  readonly label: string;
  readonly className: string;
  readonly children: ReactNode;
}): ReactNode {
  const { label, className, children } = props;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={className} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
