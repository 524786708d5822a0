/** Serves streams over WebSockets, on Node. */
export { Hub, serve } from './hub.ts';
export type { Dashboard, DashboardOptions } from './dashboard.ts';
export type { AuthorizeLimits } from './authorize-limits.ts';
export type { Applicant, Authorize, Verdict } from './verdict.ts';
export type { HubSession } from './hub.ts';
export type {
  DemoRow,
  EventRow,
  HubRow,
  PageRequest,
  PageRow,
  ReplicaAct,
  ReplicaRow,
  SessionRow,
  StreamRow,
} from './page-row.ts';
export type { ServeOptions } from './serve-options.ts';
export type { StreamOptions } from './stream-options.ts';
