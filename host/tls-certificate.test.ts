import { expect, it } from "vitest";
import { makeCertificate } from "../test/helpers/certificate.ts";
import { readTlsCertificate } from "./tls-certificate.ts";

const NOW = Date.parse("2026-06-15T12:00:00Z");
const DAY_MS = 86_400_000;
const paths = { certPath: "/tls/cert.pem", keyPath: "/tls/key.pem" };
const valid = { startsAt: NOW - DAY_MS, endsAt: NOW + DAY_MS };

const read = (cert: string, key: string) =>
  readTlsCertificate(paths, NOW, (path) => (path === paths.certPath ? cert : key));

it("says whom a certificate is for, when it ends, and what proves it", async () => {
  const { cert, key } = await makeCertificate({ ...valid, hosts: ["hub.example", "*.hub.example", "127.0.0.1"] });
  const certificate = read(cert, key);
  expect(certificate.hosts).toEqual(["hub.example", "127.0.0.1"]);
  expect(certificate.expiresAt).toBe(valid.endsAt);
  expect(certificate.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

it("refuses a key of another certificate", async () => {
  const [{ cert }, { key }] = [await makeCertificate(valid), await makeCertificate(valid)];
  expect(() => read(cert, key)).toThrow("the key in /tls/key.pem is not that of the certificate in /tls/cert.pem");
});

it("refuses what has ended or not begun, with the day", async () => {
  const ended = await makeCertificate({ startsAt: NOW - 9 * DAY_MS, endsAt: NOW - DAY_MS });
  expect(() => read(ended.cert, ended.key)).toThrow("ended on 2026-06-14: renew it");
  const early = await makeCertificate({ startsAt: NOW + DAY_MS, endsAt: NOW + 9 * DAY_MS });
  expect(() => read(early.cert, early.key)).toThrow("begins on 2026-06-16, and it is 2026-06-15 here");
});

it("refuses what is no PEM, and what cannot be read, by the name of its file", async () => {
  const { cert, key } = await makeCertificate(valid);
  expect(() => read(key, key)).toThrow("/tls/cert.pem holds no certificate");
  expect(() => read(cert, cert)).toThrow("/tls/key.pem holds no private key");
  const readNothing = () => {
    throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  };
  expect(() => readTlsCertificate(paths, NOW, readNothing)).toThrow(
    "cannot read /tls/cert.pem (ENOENT): CC2CC_TLS_CERT must name a file",
  );
});
