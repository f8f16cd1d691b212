/** Colours apart enough that neighbours are told from each other. */
const HUES = 24;

/** Degrees of a colour wheel for a name: the same for the same name, in every browser and at any time (FNV-1a). */
export function hueOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  // The last bits of it differ least between names that end alike.
  return (((hash ^ (hash >>> 15)) >>> 0) % HUES) * (360 / HUES);
}
