import { type RequestOptions, request } from "node:http";
import type { Socket } from "node:net";

/** Where this machine reaches the hub. */
export interface HubDoor {
  url: string;
  /** Of the certificate that the hub was started with; whoever shows another one learns nothing. Undefined for http. */
  fingerprint: string | undefined;
}

interface Question {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  signal: AbortSignal;
}

export interface HubAnswer {
  status: number;
  text: string;
}

/**
 * Asks the hub of this machine; resolves when the answer has come to its end, and rejects when none does.
 * Not `fetch`, whose code alone costs a launcher that runs for months 15 MB.
 */
export async function askHub({ url, fingerprint }: HubDoor, question: Question): Promise<HubAnswer> {
  const { path, ...rest } = question;
  if (fingerprint === undefined) return await answerTo(`${url}${path}`, { ...rest, agent: false });
  const socket = await connectToHub(url, fingerprint, question.signal);
  // Over a connection that is encrypted already, it is plain HTTP.
  return await answerTo(`${url.replace("https:", "http:")}${path}`, { ...rest, createConnection: () => socket });
}

function answerTo(url: string, options: RequestOptions): Promise<HubAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("close", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

/**
 * The certificate's names are those that others use, and its CA may be known to them alone: what tells that this is our
 * hub is that it holds the key of the very certificate we gave it. Resolves before anything is sent.
 */
export async function connectToHub(url: string, fingerprint: string, signal: AbortSignal): Promise<Socket> {
  const { connect } = await import("node:tls");
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
      if (socket.getPeerCertificate().fingerprint256 === fingerprint) return resolve(socket);
      socket.destroy();
      reject(new Error(`the hub at ${url} shows another certificate`));
    });
    socket.on("error", reject);
    signal.addEventListener("abort", () => socket.destroy(new Error("aborted")), { once: true });
  });
}
