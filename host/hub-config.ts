import { isIP } from "node:net";
import { storageDirOf } from "./data-dir.ts";
import { isLoopback, publicName, publicUrl } from "./public-host.ts";
import type { Settings } from "./settings.ts";
import type { TlsCertificate } from "./tls-certificate.ts";
import type { BuiltWorker, WorkerdConfig } from "./workerd-config.ts";

interface HubFacts {
  settings: Settings;
  /** Socket name to port: as set, or as it became. */
  ports: ReadonlyMap<string, number>;
  version: string;
  /** Under which others reach this machine, where that is known. */
  lanAddress: string | undefined;
  certificate: TlsCertificate | undefined;
  worker: BuiltWorker;
  mailboxWorker: BuiltWorker;
  dashboardDir: string;
  controlAddress?: string;
  /** How many files workerd may have open; undefined for no limit that counts. */
  openFiles?: number | undefined;
}

/** What workerd has to be told so that the hub is the one that its settings describe. */
export function configureHub(facts: HubFacts): WorkerdConfig {
  const { settings, ports, worker, mailboxWorker, dashboardDir, controlAddress } = facts;
  const host = settings.bindAddress.includes(":") ? `[${settings.bindAddress}]` : settings.bindAddress;
  return {
    worker,
    mailboxWorker,
    dashboardDir,
    storageDir: storageDirOf(settings.dataDir),
    textBindings: textBindingsOf(facts),
    secretBindings: ["CC2CC_HUB_API_KEY", ...(settings.webhookUrl === undefined ? [] : ["CC2CC_WEBHOOK_URL"])],
    webhook: webhookOf(settings.webhookUrl),
    sockets: Object.fromEntries([...ports].map(([name, port]) => [name, `${host}:${port}`])),
    tls: settings.tls,
    controlAddress,
  };
}

/** How the hub gets out to a webhook; the address itself, which often is a secret, comes by the environment. */
function webhookOf(url: string | undefined): WorkerdConfig["webhook"] {
  return url === undefined ? undefined : { isHttps: new URL(url).protocol === "https:" };
}

function textBindingsOf({
  settings,
  ports,
  version,
  lanAddress,
  certificate,
  openFiles,
}: HubFacts): Record<string, string> {
  const bindings: Record<string, string> = { ...settings.workerSettings, CC2CC_VERSION: version };
  if (openFiles !== undefined) bindings.CC2CC_OPEN_FILES = String(openFiles);
  const reach = { lanAddress, bindAddress: settings.bindAddress, certificateHosts: certificate?.hosts };
  const name = publicName(reach);
  const port = ports.get("hub");
  // Any free port (0) is not known before the first start.
  if (settings.webhookUrl !== undefined && port) bindings.CC2CC_PUBLIC_URL = publicUrl(reach, port);
  if (!isLoopback(name)) bindings.CC2CC_HOST_LAN_IP = name;
  // Whoever gave the hub a certificate has proven that the names in it are its own.
  const certified = (certificate?.hosts ?? []).filter((host) => isIP(host) === 0).map((host) => host.toLowerCase());
  const hosts = [settings.workerSettings.CC2CC_ALLOWED_HOSTS ?? [], certified].flat();
  if (hosts.length > 0) bindings.CC2CC_ALLOWED_HOSTS = hosts.join(",");
  return bindings;
}
