/** Apart from the schemas: a browser gets this without all of zod. */

/**
 * Whether an instance id, its session aside, is inside a key's pattern (C8). `*` is any run of characters. What stands in the
 * place of an id and is none (`broadcast`, `topic:<name>`, `dashboard`) is in no pattern.
 */
export function isInPattern(pattern: string, instanceId: string): boolean {
  const address = instanceId.split("/", 1)[0] as string;
  if (!address.includes("@")) return false;
  const glob = pattern.split(/\*+/).map((text) => text.replace(/[.]/g, "\\."));
  return new RegExp(`^${glob.join(".*")}$`).test(address);
}
