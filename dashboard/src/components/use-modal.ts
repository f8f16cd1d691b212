import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** What a `<dialog>` must carry. */
export interface ModalProps {
  ref: RefObject<HTMLDialogElement | null>;
  onCancel(): void;
  onClose(): void;
}

/**
 * Keeps a dialog as its owner wants it: opens it over the page with the focus on the first element that `autofocus`
 * selects, closes it, and tells when the browser closes it. The browser gives the focus back to where it was.
 */
export function useModal(isOpen: boolean, tellClosed: () => void, autofocus: string): ModalProps {
  const ref = useRef<HTMLDialogElement>(null);
  // With each rendering, and at once: what a key opens again may be closed by the key before.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (isOpen && dialog?.open === false) {
      dialog.showModal();
      // Not the attribute of HTML: a browser complains of it wherever something has the focus already.
      dialog.querySelector<HTMLElement>(autofocus)?.focus();
    }
    if (!isOpen && dialog?.open === true) dialog.close();
  });
  return {
    ref,
    onCancel: tellClosed,
    // This event comes late: by then something else may be open in the same dialog.
    onClose: () => {
      if (isOpen && ref.current?.open === false) tellClosed();
    },
  };
}
