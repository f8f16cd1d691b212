import { expect, it } from "vitest";
import { adviceFor, planService, type ServiceFacts } from "./service-plan.ts";

const facts: ServiceFacts = {
  platform: "linux",
  home: "/home/ada",
  node: "/usr/bin/node",
  program: "/usr/lib/node_modules/cc2cc/bin/cc2cc.mjs",
  env: { CC2CC_HUB_PORT: "3200" },
  uid: 1000,
};

it("is a unit of the user's own systemd on Linux", () => {
  const plan = planService(facts);
  expect(plan?.path).toBe("/home/ada/.config/systemd/user/cc2cc.service");
  expect(plan?.text).toContain("\nExecStart=/usr/bin/node /usr/lib/node_modules/cc2cc/bin/cc2cc.mjs start\n");
  expect(plan?.text).toContain("\nEnvironment=CC2CC_HUB_PORT=3200\n");
  expect(plan?.enable.at(-1)).toEqual(["systemctl", "--user", "enable", "--now", "cc2cc.service"]);
  expect(plan?.disable).toEqual([["systemctl", "--user", "disable", "--now", "cc2cc.service"]]);
});

it("quotes what means something to systemd", () => {
  const plan = planService({ ...facts, node: "/opt/my node/100%/$x", env: { CC2CC_DATA_DIR: 'a "b"' } });
  expect(plan?.text).toContain('ExecStart="/opt/my node/100%%/$$x" ');
  expect(plan?.text).toContain('Environment="CC2CC_DATA_DIR=a \\"b\\""');
});

it("is a launchd agent on macOS", () => {
  const plan = planService({
    ...facts,
    platform: "darwin",
    home: "/Users/ada",
    uid: 501,
    env: { CC2CC_DATA_DIR: "/a&b" },
  });
  const path = "/Users/ada/Library/LaunchAgents/dev.cc2cc.hub.plist";
  expect(plan?.path).toBe(path);
  expect(plan?.text).toContain(
    "<string>/usr/bin/node</string>\n    <string>/usr/lib/node_modules/cc2cc/bin/cc2cc.mjs</string>",
  );
  expect(plan?.text).toContain("<key>CC2CC_DATA_DIR</key><string>/a&amp;b</string>");
  expect(plan?.enable).toEqual([["launchctl", "bootstrap", "gui/501", path]]);
  expect(plan?.disable).toEqual([["launchctl", "bootout", "gui/501/dev.cc2cc.hub"]]);
});

it("says on Windows, and elsewhere, what to do instead", () => {
  const windows = { node: "C:/Program Files/nodejs/node.exe", program: "C:/npm/cc2cc/bin/cc2cc.mjs" };
  expect(planService({ ...facts, platform: "win32" })).toBeUndefined();
  expect(adviceFor("win32", windows)).toContain(
    '/TR "\\"C:\\Program Files\\nodejs\\node.exe\\" \\"C:\\npm\\cc2cc\\bin\\cc2cc.mjs\\" start"',
  );
  expect(adviceFor("freebsd", facts)).toContain("/usr/bin/node /usr/lib/node_modules/cc2cc/bin/cc2cc.mjs start");
});
