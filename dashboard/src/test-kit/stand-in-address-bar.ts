import type { AddressBar } from "../adapter/address-bar.ts";
import { createListeners } from "../adapter/listeners.ts";

/** An address with a history of its own. */
export function makeAddressBar(href = "/"): AddressBar & { back(): void; readonly steps: string[] } {
  const steps = [href];
  const changes = createListeners<[]>();
  return {
    steps,
    href: () => steps.at(-1) ?? "/",
    push: (to) => {
      steps.push(to);
      changes.tell();
    },
    replace: (to) => {
      steps[steps.length - 1] = to;
      changes.tell();
    },
    back: () => {
      steps.pop();
      changes.tell();
    },
    onChange: (listen) => void changes.add(listen),
  };
}
