import { memo } from 'react';
import type { ReactNode } from 'react';
import { EventList } from './event-list.tsx';
import type { HubModel } from './hub-model.ts';
import { totalsOf } from './hub-model.ts';
import { LineChart } from './line-chart.tsx';
import { bytesText, countText, ratioText } from './quantity.ts';
import type { Traffic, TrafficHistory } from './traffic-history.ts';

/** The figures that matter first, how they came about, and what happened on the way. */
export const Overview = memo(function Overview(props: {
  readonly model: HubModel;
  readonly history: TrafficHistory;
}): ReactNode {
  const { model, history } = props;
  return (
    <section className="overview" aria-labelledby="overview-title">
      <h2 id="overview-title" className="heard-only">
        Overview
      </h2>
      <Tiles model={model} history={history} />
      <div className="traffic">
        <Charts traffic={history.traffic} />
        <EventList events={model.events} />
      </div>
    </section>
  );
});

function Tiles(props: { readonly model: HubModel; readonly history: TrafficHistory }): ReactNode {
  const { model, history } = props;
  const totals = totalsOf(model);
  const rate = (name: 'sentPerSecond' | 'wholePerSecond'): string =>
    `${bytesText(history.latest(name))}/s`;
  const saved = Math.max(0, totals.wholeBytes - totals.sentBytes);
  const share = totals.wholeBytes > 0 ? (100 * saved) / totals.wholeBytes : 0;
  return (
    <dl className="tiles">
      <Tile label="updates a second" value={countText(history.latest('updatesPerSecond'))}>
        {countText(totals.versions)} in all
      </Tile>
      <Tile label="sent" value={rate('sentPerSecond')}>
        {bytesText(totals.sentBytes)} in all
      </Tile>
      <Tile label="as whole values" value={rate('wholePerSecond')}>
        {bytesText(totals.wholeBytes)} in all
      </Tile>
      <Tile label="saved" value={bytesText(saved)}>
        {ratioText(totals.wholeBytes, totals.sentBytes)} less, {share.toFixed(1)} %
      </Tile>
      <Tile label="slowest session" value={countText(model.hub?.lagVersionsMax ?? Number.NaN)}>
        versions behind
      </Tile>
      <Tile label="recoveries" value={countText(totals.recoveries)}>
        resumes and repairs since the hub began
      </Tile>
    </dl>
  );
}

function Charts({ traffic }: { readonly traffic: Traffic }): ReactNode {
  const { times, sentPerSecond, wholePerSecond, updatesPerSecond, lagVersions } = traffic;
  return (
    <div className="charts">
      <LineChart
        title="Bytes a second"
        unit="bytes"
        times={times}
        lines={[
          { label: 'as whole values', color: 'chart-2', values: wholePerSecond },
          { label: 'sent', color: 'chart-1', values: sentPerSecond },
        ]}
      />
      <LineChart
        title="Updates a second"
        unit="count"
        times={times}
        lines={[{ label: 'updates', color: 'chart-1', values: updatesPerSecond }]}
      />
      <LineChart
        title="Lag of the slowest"
        unit="count"
        times={times}
        lines={[{ label: 'versions', color: 'chart-3', values: lagVersions }]}
      />
    </div>
  );
}

function Tile(props: {
  readonly label: string;
  readonly value: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div className="tile">
      <dt>{props.label}</dt>
      <dd>
        <strong>{props.value}</strong>
        <span>{props.children}</span>
      </dd>
    </div>
  );
}
