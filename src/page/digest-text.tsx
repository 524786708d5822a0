import type { ReactNode } from 'react';

/** A digest, its first digits; the whole of it where one points. */
export function DigestText({ digest }: { readonly digest: string }): ReactNode {
  return (
    <code className="digest" title={digest}>
      {digest.slice(0, 12)}
    </code>
  );
}
