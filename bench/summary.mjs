// What one feed says about DiffStream and the best of its peers.

const finished = (row) => row.stopped === undefined && row.changes > 0;

function least(rows, figure) {
  const known = rows.filter((row) => Number.isFinite(row[figure]));
  if (known.length === 0) return undefined;
  return known.reduce((best, row) => (row[figure] < best[figure] ? row : best));
}

function bestOf(rows) {
  const row = least(rows.filter(finished), 'bytesPerChange');
  return row && { name: row.name, bytes: row.bytesPerChange, wrong: row.wrong };
}

/** The smaller of what was measured here and what the anchor says. */
function smallerOf(...bests) {
  const bytes = bests.filter((each) => each !== undefined).map((each) => each.bytes);
  return bytes.length === 0 ? Number.NaN : Math.min(...bytes);
}

/** Bytes of an own row: of a change, and against the bound. */
function bytesOf(row, bound) {
  if (row === undefined || !finished(row)) return { bytes: Number.NaN, toBound: Number.NaN };
  const { bytesPerChange: bytes, bytesPerRecord } = row;
  const own = bound?.over === 'changes' ? bytes : bytesPerRecord;
  return { bytes, toBound: bound === undefined ? Number.NaN : own / bound.bytes };
}

function boundOf(anchor) {
  if (anchor === undefined) return undefined;
  const { changes, all } = anchor;
  if (changes.bound !== undefined) return { over: 'changes', bytes: changes.bound.bytes };
  return all.bound && { over: 'all', bytes: all.bound.bytes };
}

export function summaryOf({ rows, anchor, parseUs }) {
  const named = (name) => rows.find((row) => row.name === name);
  const peers = rows.filter((row) => !row.ours);
  const stateless = bestOf(peers.filter((row) => !row.memory));
  const stateful = bestOf(peers.filter((row) => row.memory));
  const anchors = {
    stateless: anchor?.changes.bestStateless,
    stateful: anchor?.changes.bestStateful,
  };
  const bestStateless = smallerOf(stateless, anchors.stateless);
  const bestOfAny = smallerOf(stateless, anchors.stateless, stateful, anchors.stateful);
  const bound = boundOf(anchor);
  const own = Object.fromEntries(
    rows.filter((row) => row.ours).map((row) => [row.name, bytesOf(row, bound)]),
  );
  // Whoever makes a difference, and a right one each time; contexts only add to the time.
  const correct = peers.filter(
    (row) => finished(row) && !row.whole && row.wrong === 0 && row.contextUs === undefined,
  );
  const compact = named('diffstream patch');
  const fastest = (figure) => {
    const row = least(correct, figure);
    return row && { name: row.name, us: row[figure] };
  };
  return {
    bestStateless: { own: stateless, anchor: anchors.stateless, bytes: bestStateless },
    bestStateful: { own: stateful, anchor: anchors.stateful },
    bestOfAny,
    bound,
    own,
    compact: {
      bytes: compact.bytesPerChange,
      encodeUs: compact.encodeUs,
      decodeUs: compact.decodeUs,
      digestUs: compact.settleUs,
    },
    updateUs: named('diffstream message').encodeUs,
    denseUs: named('diffstream dense').encodeUs,
    connectionUs: named('full JSON + deflate context').contextUs,
    fastestEncode: fastest('encodeUs'),
    fastestDecode: fastest('decodeUs'),
    parseUs,
  };
}
