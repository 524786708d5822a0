/** Serves streams over WebSockets, on Node. */
export { Hub, serve } from './hub.ts';
export type { HubSession, ServeOptions, StreamOptions } from './hub.ts';
