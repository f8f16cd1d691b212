/** What a limit of open files means for a hub: past it, workerd would end and take everyone along. */

/** For storage, and for what workerd itself opens. */
const FILES_RESERVED = 128;
const FILES_PER_CONNECTION = 2;
/** The rest is for requests. */
const PART_FOR_SOCKETS = 0.75;
/** Of requests, those that may wait for long. */
const PART_FOR_CALLS = 0.125;

/** How many WebSockets fit under a limit of open files; at least one, so that a hub can be asked at all. */
export function socketsWithin(openFiles: number): number {
  return Math.max(1, Math.floor(((openFiles - FILES_RESERVED) / FILES_PER_CONNECTION) * PART_FOR_SOCKETS));
}

/** How many calls of `/mcp`, each an open file, may wait at once under a limit of open files. */
export function callsWithin(openFiles: number): number {
  return Math.max(1, Math.floor((openFiles - FILES_RESERVED) * PART_FOR_CALLS));
}
