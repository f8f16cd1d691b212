import type { IconNode } from "lucide";
import type { ButtonHTMLAttributes, ComponentChildren, Ref } from "preact";
import { Icon } from "./icon.tsx";
import "./button.css";

type Native = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "class" | "size" | "icon" | "type">;

export interface ButtonProps extends Native {
  /** `primary` once per view, `danger` for what cannot be undone, `ghost` where many stand side by side. */
  variant?: "primary" | "plain" | "ghost" | "danger";
  size?: "normal" | "small";
  icon?: IconNode;
  /** Shows that it works on it, and takes no further press. */
  isBusy?: boolean;
  type?: "button" | "submit";
  class?: string;
  buttonRef?: Ref<HTMLButtonElement>;
  children?: ComponentChildren;
}

export function Button(props: ButtonProps) {
  const { variant = "plain", size = "normal", icon, isBusy, class: className, buttonRef, children, ...native } = props;
  return (
    <button
      type="button"
      {...native}
      ref={buttonRef}
      class={className === undefined ? "button" : `button ${className}`}
      data-variant={variant}
      data-size={size}
      aria-busy={isBusy || undefined}
      disabled={isBusy || native.disabled}
    >
      {icon && <Icon of={icon} size={size === "small" ? 14 : 16} />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, "icon" | "children"> {
  icon: IconNode;
  /** What it does; said by screen readers and shown as its tip. */
  label: string;
  /** Also shown in its tip: the key that does the same. */
  shortcut?: string;
}

export function IconButton({ icon, label, shortcut, variant = "ghost", class: className, ...rest }: IconButtonProps) {
  return (
    <Button
      {...rest}
      variant={variant}
      class={className === undefined ? "icon-button" : `icon-button ${className}`}
      aria-label={label}
      aria-keyshortcuts={shortcut}
      data-tip={shortcut === undefined ? label : `${label} (${shortcut})`}
    >
      <Icon of={icon} size={rest.size === "small" ? 14 : 16} />
    </Button>
  );
}
