// A figure, and what it is held against. One that is not a number was not measured.

export function atMost(what, figure, goal, detail = '') {
  return { what, figure, goal, kind: 'at most', ok: verdict(figure, figure <= goal), detail };
}

export function atLeast(what, figure, goal, detail = '') {
  return { what, figure, goal, kind: 'at least', ok: verdict(figure, figure >= goal), detail };
}

/** Only shown: it explains the others. */
export function plain(what, figure, detail = '') {
  return { what, figure, detail };
}

function verdict(figure, met) {
  return Number.isFinite(figure) ? met : undefined;
}
