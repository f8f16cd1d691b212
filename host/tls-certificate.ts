/** The certificate that the hub shows to its clients, checked before workerd has a chance to fail on it. */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { TlsPaths } from "./settings.ts";
import { StartProblem } from "./start-problem.ts";

export interface TlsCertificate {
  /** SHA-256, as OpenSSL writes it. */
  fingerprint: string;
  /** Names without a wildcard, and addresses, that it is for. */
  hosts: string[];
  /** Epoch ms. */
  expiresAt: number;
}

interface TlsPems {
  cert: string;
  key: string;
}

/** Reads a file's text, or throws an error whose `code` says why not. */
type ReadText = (path: string) => string;

/** Throws a StartProblem that names the file and what to do when the pair cannot be served at `now`. */
export function readTlsCertificate(paths: TlsPaths, now: number, readText: ReadText): TlsCertificate {
  const pems = {
    cert: readPem("CC2CC_TLS_CERT", paths.certPath, readText),
    key: readPem("CC2CC_TLS_KEY", paths.keyPath, readText),
  };
  return inspectPair(pems, paths, now);
}

function readPem(setting: string, path: string, readText: ReadText): string {
  try {
    return readText(path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new StartProblem(
      `cannot read ${path} (${reason}): ${setting} must name a file that the hub's user can read.`,
    );
  }
}

function inspectPair(pems: TlsPems, { certPath, keyPath }: TlsPaths, now: number): TlsCertificate {
  const certificate = parseOr(
    () => new X509Certificate(pems.cert),
    `${certPath} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----): give CC2CC_TLS_CERT the one that your CA sent, with its chain after it.`,
  );
  const key = parseOr(
    () => createPrivateKey(pems.key),
    `${keyPath} holds no private key that can be read, in PEM form and without a passphrase: \`openssl pkey -in <file> -out <new file>\` takes a passphrase away.`,
  );
  if (spkiOf(createPublicKey(key)) !== spkiOf(certificate.publicKey)) {
    throw new StartProblem(
      `the key in ${keyPath} is not that of the certificate in ${certPath}: give the two that belong together.`,
    );
  }
  const [startsAt, expiresAt] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (expiresAt <= now) {
    throw new StartProblem(
      `the certificate in ${certPath} ended on ${day(expiresAt)}: renew it, or unset CC2CC_TLS_CERT and CC2CC_TLS_KEY.`,
    );
  }
  if (startsAt > now) {
    throw new StartProblem(
      `the certificate in ${certPath} begins on ${day(startsAt)}, and it is ${day(now)} here: set this machine's clock, or wait.`,
    );
  }
  return { fingerprint: certificate.fingerprint256, hosts: hostsOf(certificate), expiresAt };
}

function parseOr<T>(parse: () => T, problem: string): T {
  try {
    return parse();
  } catch {
    throw new StartProblem(problem);
  }
}

/** `checkPrivateKey` would say the same, but workerd, where the container asks, always answers false. */
function spkiOf(key: KeyObject): string {
  return String(key.export({ type: "spki", format: "pem" }));
}

function hostsOf({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? "").split(", ").flatMap((entry) => /^(?:DNS|IP Address):([^*"]+)$/.exec(entry)?.[1] ?? []);
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
