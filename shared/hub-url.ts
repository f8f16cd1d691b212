/** Addresses of hubs as people write them. */

/** The hub's address as http(s), whatever scheme it came with, without a path. */
export function parseHubUrl(text: string): URL | undefined {
  // A port is the only thing that may follow the first colon of an address without a scheme.
  const isBare = !/^[a-z][a-z0-9+.-]*:(?!\d+(?:\/|$))/i.test(text);
  const withScheme = isBare ? `http://${text}` : text;
  if (/\s/.test(text) || !/^(?:https?|wss?):\/\/[^/]/i.test(withScheme)) return undefined;
  try {
    const url = new URL(withScheme.replace(/^ws/i, "http"));
    return url.hostname !== "" ? new URL(url.origin) : undefined;
  } catch {
    return undefined;
  }
}
