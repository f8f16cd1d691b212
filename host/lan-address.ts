import type { NetworkInterfaceInfo } from "node:os";

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Bridges and tunnels of containers, virtual machines and VPNs: other machines of the LAN cannot reach these. */
const VIRTUAL_INTERFACE = /^(docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|podman|lxc|utun|tun|tap|wg|vEthernet)/;

/** The IPv4 address under which other machines most likely reach this one. */
export function findLanAddress(interfaces: Interfaces): string | undefined {
  const candidates = Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos
      .filter(({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."))
      .map(({ address }) => ({ address, isVirtual: VIRTUAL_INTERFACE.test(name) })),
  );
  return (candidates.find(({ isVirtual }) => !isVirtual) ?? candidates[0])?.address;
}
