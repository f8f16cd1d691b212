/** What an instance id says, apart from the schemas: a browser gets this without all of zod. */

/** The partial address of an instance id: everything before its session. */
export function partialOf(instanceId: string): string {
  return instanceId.slice(0, instanceId.lastIndexOf("/"));
}

/** The project segment of an instance id. */
export function projectOf(instanceId: string): string {
  return instanceId.slice(instanceId.indexOf(":") + 1, instanceId.lastIndexOf("/"));
}
