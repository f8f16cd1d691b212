import { X } from "lucide";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { IconButton } from "./button.tsx";
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
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    if (props.isOpen && dialog?.open === false) {
      dialog.showModal();
      // Not the attribute of HTML: a browser complains of it wherever something has the focus already.
      dialog.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    }
    if (!props.isOpen && dialog?.open === true) dialog.close();
  }, [props.isOpen]);
  return (
    <dialog
      ref={element}
      class="dialog"
      data-size={props.size ?? "normal"}
      role={props.role}
      aria-labelledby={id}
      closedby={props.role === "alertdialog" ? "closerequest" : "any"}
      onClose={() => props.isOpen && props.onClose()}
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
