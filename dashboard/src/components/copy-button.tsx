import { useSignal } from "@preact/signals";
import { Check, Copy } from "lucide";
import { Button, type ButtonProps, IconButton } from "./button.tsx";
import { copyText } from "./copy-text.ts";
import { toast } from "./toasts.tsx";

const SHOWN_MS = 1_500;

export interface CopyButtonProps extends Pick<ButtonProps, "size" | "variant" | "class"> {
  text: string;
  /** What is copied: `id`, `command`. */
  what: string;
  /** Shows `Copy <what>` beside the icon. */
  hasLabel?: boolean;
}

/** Copies a text, and shows that it has. */
export function CopyButton({ text, what, hasLabel, ...rest }: CopyButtonProps) {
  const isCopied = useSignal(false);
  const copy = async () => {
    isCopied.value = await copyText(text);
    if (!isCopied.value) return toast(`The browser refused to copy: select the ${what} and copy it`, { tone: "bad" });
    setTimeout(() => {
      isCopied.value = false;
    }, SHOWN_MS);
  };
  const icon = isCopied.value ? Check : Copy;
  const label = isCopied.value ? "Copied" : `Copy ${what}`;
  if (!hasLabel) return <IconButton {...rest} icon={icon} label={label} onClick={copy} />;
  return (
    <Button {...rest} icon={icon} onClick={copy}>
      {label}
    </Button>
  );
}
