import { checkedToken } from '../protocol/proof.ts';

/** The token in what stands behind the # of the page's address; '' where none can be shown. */
export function tokenIn(hash: string): string {
  const [, raw = ''] = /^#token=(.*)$/s.exec(hash) ?? [];
  try {
    return checkedToken(decodeURIComponent(raw));
  } catch {
    return '';
  }
}
