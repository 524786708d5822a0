/** Hears how much of a run is over, 0 to 1; false ends it before its time. */
export type OnProgress = (part: number) => Promise<boolean> | boolean;
