import { X } from "lucide";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { IconButton } from "./button.tsx";
import { useModal } from "./use-modal.ts";
import "./dialog.css";

export interface DialogProps {
  title: string;
  isOpen: boolean;
  /** Called when it is closed by whatever means; the owner then sets `isOpen`. */
  onClose(): void;
  children: ComponentChildren;
  /** Its buttons, the one that does it last. */
  footer?: ComponentChildren;
  size?: "normal" | "wide";
  /** `alertdialog` for a question that must be answered before anything else. */
  role?: "dialog" | "alertdialog";
}

/** A modal dialog. The focus goes to what carries `data-autofocus`, and back to where it was; Escape closes. */
export function Dialog(props: DialogProps) {
  const id = useId();
  const modal = useModal(props.isOpen, props.onClose, "[data-autofocus]");
  return (
    <dialog
      {...modal}
      class="dialog"
      data-size={props.size ?? "normal"}
      role={props.role}
      aria-labelledby={id}
      closedby={props.role === "alertdialog" ? "closerequest" : "any"}
    >
      {props.isOpen && (
        <>
          <header class="dialog-header">
            <h2 id={id}>{props.title}</h2>
            <IconButton icon={X} label="Close" size="small" onClick={props.onClose} />
          </header>
          <div class="dialog-body">{props.children}</div>
          {props.footer !== undefined && <footer class="dialog-footer">{props.footer}</footer>}
        </>
      )}
    </dialog>
  );
}
