import { useSignal } from "@preact/signals";
import { Trash2 } from "lucide";
import type { MessageRecord } from "../../../../shared/history.ts";
import { path } from "../../adapter/rest.ts";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { toast } from "../../components/toasts.tsx";
import { useModels } from "../../models/models.ts";
import { wordsOf } from "../../models/refresher.ts";

/** Deletes a message for good; a refusal stands below in the hub's words. */
export function DeleteMessage({ message, onDeleted }: { message: MessageRecord; onDeleted(): void }) {
  const { hub } = useModels();
  const refusal = useSignal<string | undefined>(undefined);
  const remove = async () => {
    const isSure = await confirm({
      title: `Delete this message from ${message.from}?`,
      body: "It leaves history, search and its conversation, and the queues where it still waits. Who has read it keeps it.",
      action: "Delete the message",
    });
    if (!isSure) return;
    try {
      await hub.rest.delete(path`/api/messages/${message.messageId}`);
      toast("The message is deleted", { tone: "good" });
      onDeleted();
    } catch (error) {
      refusal.value = wordsOf(error);
    }
  };
  return (
    <div class="drawer-part">
      <Button icon={Trash2} onClick={() => void remove()}>
        Delete
      </Button>
      {refusal.value !== undefined && (
        <p class="field-error" role="alert">
          {refusal.value}
        </p>
      )}
    </div>
  );
}
