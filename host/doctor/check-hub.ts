/** The hub from outside: its ports, its answers, its certificate. */
import { readFileSync } from "node:fs";
import type { HubState } from "../data-dir.ts";
import { askHub, type HubDoor } from "../hub-http.ts";
import { isClone } from "../installation.ts";
import { checkPort } from "../port-check.ts";
import type { Settings } from "../settings.ts";
import { StartProblem } from "../start-problem.ts";
import { readTlsCertificate } from "../tls-certificate.ts";
import { attempt } from "./check-machine.ts";
import { type Finding, fail, failWith, ok, warn } from "./finding.ts";

const ANSWER_WITHIN_MS = 10_000;
const SLOW_MS = 1_000;
const DAY_MS = 86_400_000;
const RENEW_DAYS = 21;

/** Before everything else, so that whoever reads on knows what to expect. */
export function describeHub(hub: HubState | "unknown" | undefined, dataDir: string): Finding {
  if (hub === undefined)
    return warn(
      "hub",
      `no hub runs on ${dataDir}`,
      `start it with \`${isClone ? "npm start" : "cc2cc"}\`, or set CC2CC_DATA_DIR to the folder of the one that runs`,
    );
  if (hub === "unknown") return warn("hub", `one holds ${dataDir} and has not come up yet`, "see what it logs");
  return ok("hub", `runs at ${hub.url}, pid ${hub.pid}, since ${hub.startedAt}`);
}

/** Whether a start would get its ports; those of the hub that runs are its own. */
export async function checkPorts(
  { bindAddress, hubPort, dashboardPort }: Settings,
  hub: HubState | undefined,
): Promise<Finding[]> {
  const ports: [string, number | undefined][] = [
    ["CC2CC_HUB_PORT", hubPort],
    ["CC2CC_DASHBOARD_PORT", dashboardPort],
  ];
  return Promise.all(
    ports.map(async ([setting, port]) => {
      if (port === undefined) return ok("port", "the second is turned off");
      if (port === 0) return ok("port", `any free one (${setting})`);
      try {
        await checkPort(setting, bindAddress, port);
        return hub === undefined
          ? ok("port", `${port} is free`)
          : ok("port", `${port} is free; the hub was started with other settings`);
      } catch (error) {
        if (!(error instanceof StartProblem)) throw error;
        return hub !== undefined && error.message.includes("cc2cc hub that is already running")
          ? ok("port", `${port} is this hub's`)
          : failWith("port", error);
      }
    }),
  );
}

export async function checkAnswer(door: HubDoor): Promise<Finding> {
  const startedAt = performance.now();
  try {
    const { status } = await askHub(door, { path: "/readyz", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const tookMs = Math.round(performance.now() - startedAt);
    if (status !== 200)
      return fail(
        "answer",
        `${door.url}/readyz says ${status}`,
        "look into its log for what it could not read or write, and start it again",
      );
    return tookMs > SLOW_MS
      ? warn("answer", `in ${tookMs} ms`, "the machine or its disk is busy: see docs/performance.md")
      : ok("answer", `in ${tookMs} ms`);
  } catch (error) {
    return fail(
      "answer",
      `${door.url} does not (${error instanceof Error ? error.message : error})`,
      "look into its log, and start it again",
    );
  }
}

export function checkCertificate({ tls }: Settings, now: number): Finding | undefined {
  if (tls === undefined) return undefined;
  return attempt("certificate", () => {
    const { expiresAt } = readTlsCertificate(tls, now, (path) => readFileSync(path, "utf8"));
    const days = Math.floor((expiresAt - now) / DAY_MS);
    const text = `${tls.certPath} is good for ${days} days more`;
    return days < RENEW_DAYS
      ? warn("certificate", text, "renew it; the hub takes new files by itself")
      : ok("certificate", text);
  });
}
