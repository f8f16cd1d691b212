/** How a hub becomes a service of its user: which file says so, and what is run with it. Decides only; nothing is done here. */
import { posix, win32 } from "node:path";

export interface ServiceFacts {
  platform: string;
  home: string;
  /** Of this Node, and of the program it runs. */
  node: string;
  program: string;
  /** Settings that the service is to have; a key is not among them. */
  env: Readonly<Record<string, string>>;
  /** Of the user, where launchd asks for it. */
  uid: number;
}

export interface ServicePlan {
  /** What is written, and where. */
  path: string;
  text: string;
  enable: string[][];
  disable: string[][];
  /** What to know besides, as sentences. */
  notes: string[];
}

const LABEL = "dev.cc2cc.hub";

/** Undefined where the system has no services of this kind that we know. */
export function planService(facts: ServiceFacts): ServicePlan | undefined {
  if (facts.platform === "linux") return planSystemd(facts);
  return facts.platform === "darwin" ? planLaunchd(facts) : undefined;
}

function planSystemd({ home, node, program, env }: ServiceFacts): ServicePlan {
  const settings = Object.entries(env).map(([name, value]) => `Environment=${quoteUnit(`${name}=${value}`)}`);
  const text = `[Unit]
Description=cc2cc hub
After=network-online.target

[Service]
ExecStart=${quoteUnit(node)} ${quoteUnit(program)} start
${settings.map((line) => `${line}\n`).join("")}Restart=on-failure
RestartSec=2
# The launcher says goodbye to clients and then ends workerd; only it is told to stop.
KillMode=mixed
TimeoutStopSec=15
UMask=0077

[Install]
WantedBy=default.target
`;
  const unit = "cc2cc.service";
  return {
    path: posix.join(home, ".config/systemd/user", unit),
    text,
    enable: [
      ["systemctl", "--user", "daemon-reload"],
      ["systemctl", "--user", "enable", "--now", unit],
    ],
    disable: [["systemctl", "--user", "disable", "--now", unit]],
    notes: [
      "It runs while you are logged in; `loginctl enable-linger` keeps it running after that.",
      "Its log: journalctl --user -u cc2cc",
    ],
  };
}

function planLaunchd({ home, node, program, env, uid }: ServiceFacts): ServicePlan {
  const log = posix.join(home, "Library/Logs/cc2cc.log");
  const strings = (values: readonly string[]) =>
    values.map((value) => `\n    <string>${escapeXml(value)}</string>`).join("");
  const settings = Object.entries(env).map(
    ([name, value]) => `\n    <key>${escapeXml(name)}</key><string>${escapeXml(value)}</string>`,
  );
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>${strings([node, program, "start"])}
  </array>
  <key>EnvironmentVariables</key>
  <dict>${settings.join("")}
  </dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key>
  <dict><key>SuccessfulExit</key><false/></dict>
  <key>ExitTimeOut</key><integer>15</integer>
  <key>Umask</key><integer>63</integer>
  <key>StandardErrorPath</key><string>${escapeXml(log)}</string>
</dict>
</plist>
`;
  const path = posix.join(home, "Library/LaunchAgents", `${LABEL}.plist`);
  return {
    path,
    text,
    enable: [["launchctl", "bootstrap", `gui/${uid}`, path]],
    disable: [["launchctl", "bootout", `gui/${uid}/${LABEL}`]],
    notes: [`Its log: ${log}`],
  };
}

/** For a system that we know no services of. */
export function adviceFor(platform: string, { node, program }: Pick<ServiceFacts, "node" | "program">): string {
  if (platform !== "win32") return `cc2cc knows no services of ${platform}: have it run \`${node} ${program} start\`.`;
  return `on Windows, have the Task Scheduler run it at logon: schtasks /Create /SC ONLOGON /TN cc2cc /TR "\\"${win32.normalize(node)}\\" \\"${win32.normalize(program)}\\" start"`;
}

/** systemd takes quoted words; a percent sign and a dollar mean something to it. */
function quoteUnit(word: string): string {
  const escaped = word.replaceAll("%", "%%").replaceAll("$", "$$$$").replace(/["\\]/g, "\\$&");
  return /^[\w@./:=+-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
