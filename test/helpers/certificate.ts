import { isIP } from "node:net";
import { generate } from "selfsigned";

export interface CertificateOptions {
  /** Names and addresses that it is for. */
  hosts?: string[];
  startsAt?: number;
  endsAt?: number;
  /** Signed by this one instead of by itself. */
  ca?: { cert: string; key: string };
  /** Whether it may sign others. */
  isCa?: boolean;
}

/** A certificate and its key, both PEM. */
export async function makeCertificate(options: CertificateOptions = {}): Promise<{ cert: string; key: string }> {
  const { hosts = ["localhost", "127.0.0.1"], startsAt, endsAt, ca, isCa = false } = options;
  const now = Date.now();
  const { cert, private: key } = await generate([{ name: "commonName", value: hosts[0] ?? "" }], {
    keyType: "ec",
    algorithm: "sha256",
    // A minute of tolerance: its start is written in whole seconds.
    notBeforeDate: new Date(startsAt ?? now - 60_000),
    notAfterDate: new Date(endsAt ?? now + 86_400_000),
    ...(ca === undefined ? {} : { ca }),
    extensions: [
      { name: "basicConstraints", cA: isCa, critical: true },
      {
        name: "subjectAltName",
        altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
      },
    ],
  });
  return { cert, key };
}
