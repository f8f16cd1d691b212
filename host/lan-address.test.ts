import type { NetworkInterfaceInfo } from "node:os";
import { expect, it } from "vitest";
import { findLanAddress } from "./lan-address.ts";

function ipv4(address: string, internal = false): NetworkInterfaceInfo {
  return { address, family: "IPv4", internal, netmask: "255.255.255.0", mac: "00:00:00:00:00:00", cidr: null };
}

it("takes the first address that others can reach", () => {
  expect(
    findLanAddress({
      lo: [ipv4("127.0.0.1", true)],
      docker0: [ipv4("172.17.0.1")],
      eth0: [{ ...ipv4("fe80::1"), family: "IPv6", scopeid: 2 }, ipv4("169.254.3.4"), ipv4("192.168.1.20")],
      wlan0: [ipv4("192.168.1.21")],
    }),
  ).toBe("192.168.1.20");
});

it("takes a virtual one where there is no other, and nothing on a machine alone", () => {
  expect(findLanAddress({ docker0: [ipv4("172.17.0.1")] })).toBe("172.17.0.1");
  expect(findLanAddress({ lo: [ipv4("127.0.0.1", true)] })).toBeUndefined();
});
