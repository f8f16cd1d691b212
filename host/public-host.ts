/** Under which name or address others reach this hub. */
export interface Reach {
  /** Of this machine in its network; undefined when it has none. */
  lanAddress: string | undefined;
  /** What the sockets are bound to. */
  bindAddress: string;
  /** Whom the hub's certificate is for; undefined when it speaks plain http. */
  certificateHosts: string[] | undefined;
}

/** As it stands in a URL. */
export function publicHost(reach: Reach): string {
  const name = publicName(reach);
  return name.includes(":") ? `[${name}]` : name;
}

/** A name, or an address without brackets. */
export function publicName({ bindAddress, lanAddress, certificateHosts }: Reach): string {
  const isAny = bindAddress === "0.0.0.0" || bindAddress === "::";
  const ownAddress = isAny ? (lanAddress ?? "127.0.0.1") : bindAddress;
  // A client refuses a certificate that is not for what it asked for.
  const isCovered = certificateHosts === undefined || certificateHosts.includes(ownAddress);
  return isCovered ? ownAddress : (certificateHosts[0] ?? ownAddress);
}

/** The hub's origin for others. */
export function publicUrl(reach: Reach, port: number): string {
  return `${reach.certificateHosts === undefined ? "http" : "https"}://${publicHost(reach)}:${port}`;
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
