import { expect, it } from "vitest";
import { renderBanner } from "./banner.ts";

const facts = {
  version: "1.2.3",
  lanAddress: "192.168.1.20",
  bindAddress: "0.0.0.0",
  hubPort: 3100,
  dashboardPort: 8029,
  certificateHosts: undefined,
  dataDir: "/home/ada/.cc2cc",
  keyPath: "/home/ada/.cc2cc/key",
  key: "cc2cc_secret",
  isTerminal: true,
  signInLink: undefined,
};

it("gives a terminal a command that can be pasted on another machine", () => {
  const text = renderBanner(facts);
  expect(text).toContain("Dashboard  http://192.168.1.20:3100/  or  http://192.168.1.20:8029/");
  expect(text).toContain("Hub        ws://192.168.1.20:3100");
  expect(text).toContain("--marketplace http://192.168.1.20:3100/marketplace.json");
  expect(text).toContain(
    "--config hub_url=http://192.168.1.20:3100 --config delivery=auto --config permissions=answer --config claims=auto --config api_key=cc2cc_secret\n",
  );
});

it("offers the command line first, which needs no key in an argument", () => {
  const text = renderBanner(facts);
  expect(text).toContain("\n  cc2cc join http://192.168.1.20:3100\n");
  expect(text.indexOf("cc2cc join")).toBeLessThan(text.indexOf("claude plugin install"));
});

it("keeps the key out of a log and says where it is", () => {
  const text = renderBanner({ ...facts, isTerminal: false });
  expect(text).not.toContain("cc2cc_secret");
  expect(text).toContain("Key        /home/ada/.cc2cc/key");
  expect(text).toContain("--config api_key=KEY\n");
});

it("shows the link that signs in, where there is one", () => {
  const signInLink = "http://192.168.1.20:3100/#code=0123";
  expect(renderBanner({ ...facts, signInLink })).toContain(`  Sign in    ${signInLink}\n`);
  expect(renderBanner(facts)).not.toContain("Sign in");
});

it("names the environment when the key came from there", () => {
  expect(renderBanner({ ...facts, keyPath: undefined })).toContain(
    "Key        CC2CC_HUB_API_KEY (from the environment)",
  );
});

it("speaks of https and wss with a certificate, by a name that it is for", () => {
  const text = renderBanner({ ...facts, certificateHosts: ["hub.example", "192.168.1.20"] });
  expect(text).toContain("Dashboard  https://192.168.1.20:3100/  or  https://192.168.1.20:8029/");
  expect(text).toContain("Hub        wss://192.168.1.20:3100");
  expect(text).toContain("--config hub_url=https://192.168.1.20:3100 ");
  expect(renderBanner({ ...facts, certificateHosts: ["hub.example"] })).toContain("Hub        wss://hub.example:3100");
});

it("leaves a second port out that is off", () => {
  expect(renderBanner({ ...facts, dashboardPort: undefined })).toContain("Dashboard  http://192.168.1.20:3100/\n");
});

it("names the address it is bound to, and says who cannot reach it", () => {
  expect(renderBanner({ ...facts, bindAddress: "127.0.0.1" })).toContain("Only this machine can join");
  expect(renderBanner({ ...facts, bindAddress: "fd00::1" })).toContain("Hub        ws://[fd00::1]:3100");
  expect(renderBanner({ ...facts, lanAddress: undefined })).toContain("set CC2CC_HOST_LAN_IP");
});
