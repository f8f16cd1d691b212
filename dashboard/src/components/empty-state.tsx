import type { IconNode } from "lucide";
import type { ComponentChildren } from "preact";
import { Icon } from "./icon.tsx";
import "./empty-state.css";

/** What stands where a list would be: why it is empty, and what to do about it. */
export function EmptyState(props: { icon: IconNode; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty-state">
      <Icon of={props.icon} size={28} />
      <p class="empty-state-title">{props.title}</p>
      {props.children !== undefined && <div class="empty-state-body">{props.children}</div>}
    </div>
  );
}
