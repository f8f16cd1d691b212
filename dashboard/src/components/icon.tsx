import type { IconNode } from "lucide";
import { h } from "preact";
import "./icon.css";

/**
 * A lucide icon: `<Icon of={Reply} />`, with the node imported from `lucide` where it is used, so that a chunk holds only its own.
 * Decoration for those who see it: what it means stands in words beside it or in the label of its button.
 */
export function Icon({ of: node, size = 16, class: className }: { of: IconNode; size?: number; class?: string }) {
  return (
    <svg
      class={className === undefined ? "icon" : `icon ${className}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {node.map(([tag, attributes], index) => h(tag, { key: index, ...attributes }))}
    </svg>
  );
}
