import type { PublisherCounters, SessionStatus } from '../protocol/publisher-status.ts';
import type { FaultCount } from './fault-count.ts';

export interface StreamMetrics {
  readonly name: string;
  readonly version: number;
  readonly entries: number;
  readonly sessions: readonly SessionStatus[];
  readonly counters: PublisherCounters;
  readonly openTransferBytes: number;
}

interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly value: (stream: StreamMetrics) => number;
}

function most(sessions: readonly SessionStatus[], of: (session: SessionStatus) => number): number {
  return sessions.reduce((max, session) => Math.max(max, of(session)), 0);
}

const metrics: readonly Metric[] = [
  {
    name: 'version',
    type: 'gauge',
    help: 'Commits since the producer started.',
    value: ({ version }) => version,
  },
  { name: 'entries', type: 'gauge', help: 'Entries held.', value: ({ entries }) => entries },
  {
    name: 'sessions',
    type: 'gauge',
    help: 'Consumers connected.',
    value: ({ sessions }) => sessions.length,
  },
  {
    name: 'lag_versions_max',
    type: 'gauge',
    help: 'Versions that the slowest consumer is behind.',
    value: ({ sessions }) => most(sessions, ({ lagVersions }) => lagVersions),
  },
  {
    name: 'unacknowledged_bytes_max',
    type: 'gauge',
    help: 'Bytes under way to the slowest consumer.',
    value: ({ sessions }) => most(sessions, ({ bytesUnacknowledged }) => bytesUnacknowledged),
  },
  {
    name: 'open_transfer_bytes',
    type: 'gauge',
    help: 'Bytes of frames that consumers are in the middle of, each counted once.',
    value: ({ openTransferBytes }) => openTransferBytes,
  },
  {
    name: 'too_slow_total',
    type: 'counter',
    help: 'Sessions ended to make room for the frames of others.',
    value: ({ counters }) => counters.tooSlow,
  },
  {
    name: 'sent_bytes_total',
    type: 'counter',
    help: 'Bytes of messages sent.',
    value: ({ counters }) => counters.bytesSent,
  },
  {
    name: 'sent_messages_total',
    type: 'counter',
    help: 'Messages sent.',
    value: ({ counters }) => counters.messagesSent,
  },
  {
    name: 'frames_total',
    type: 'counter',
    help: 'Frames sent, one for each consumer it went to.',
    value: ({ counters }) => counters.frames,
  },
  {
    name: 'frames_encoded_total',
    type: 'counter',
    help: 'Frames encoded, one for all consumers at the same version.',
    value: ({ counters }) => counters.framesEncoded,
  },
  {
    name: 'snapshots_encoded_total',
    type: 'counter',
    help: 'Snapshots encoded.',
    value: ({ counters }) => counters.snapshotsEncoded,
  },
  {
    name: 'resumes_total',
    type: 'counter',
    help: 'Requests of connected consumers to go on from a version.',
    value: ({ counters }) => counters.resumes,
  },
  {
    name: 'refusals_total',
    type: 'counter',
    help: 'Consumers of the stream turned away by a message that says why.',
    value: ({ counters }) => counters.refusals,
  },
  {
    name: 'protocol_errors_total',
    type: 'counter',
    help: 'Sessions ended for what the consumer sent.',
    value: ({ counters }) => counters.protocolErrors,
  },
];

/** Prometheus text; stream names need no escaping, see Hub.stream. */
export function prometheusText(streams: readonly StreamMetrics[], faults: FaultCount): string {
  const lines: string[] = [];
  const begin = (name: string, type: string, help: string): void => {
    lines.push(`# HELP diffstream_${name} ${help}`, `# TYPE diffstream_${name} ${type}`);
  };
  for (const { name, type, help, value } of metrics) {
    begin(name, type, help);
    for (const stream of streams) {
      lines.push(`diffstream_${name}{stream="${stream.name}"} ${value(stream)}`);
    }
  }
  begin(
    'faults_total',
    'counter',
    'Consumers turned away, or sent away for a fault, by what it was.',
  );
  for (const { stream, what, count } of faults.all()) {
    lines.push(`diffstream_faults_total{stream="${stream}",code="${what}"} ${count}`);
  }
  return `${lines.join('\n')}\n`;
}
