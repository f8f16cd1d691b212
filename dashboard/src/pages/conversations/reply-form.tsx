import { useComputed, useSignal } from "@preact/signals";
import { SendHorizontal } from "lucide";
import type { MessageRecord } from "../../../../shared/history.ts";
import type { MessageType } from "../../../../shared/message.ts";
import { Button } from "../../components/button.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { isComposing } from "../../components/is-composing.ts";
import { TypeSelect } from "../../components/type-select.tsx";
import { WriteField } from "../../components/write-field.tsx";
import { forecastOf } from "../../models/forecast.ts";
import { useModels } from "../../models/models.ts";

/** Answers a message where it stands: to whoever sent it, as this tab. */
export function ReplyForm({ message, onDone }: { message: MessageRecord; onDone(): void }) {
  const { outbox, instances, topics } = useModels();
  const text = useSignal("");
  const type = useSignal<MessageType>("result");
  const isBusy = useSignal(false);
  const refusal = useSignal<string | undefined>(undefined);
  // Who adds to an own message goes on talking to whom it went.
  const to = message.from === outbox.sender.value ? message.to : message.from;
  const forecast = useComputed(() => forecastOf(to, { instances, topics, outbox }, false));
  const send = async () => {
    const content = text.peek().trim();
    if (content === "" || isBusy.peek()) return;
    isBusy.value = true;
    const { messageId, done } = outbox.send({ to, type: type.peek(), content, replyToMessageId: message.messageId });
    const answer = await done;
    isBusy.value = false;
    if (answer.ok) return onDone();
    // The text is still in the field: nothing to try again elsewhere.
    outbox.discard(messageId);
    refusal.value = answer.error;
  };
  return (
    <form
      class="reply-form"
      aria-label="Reply"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || isComposing(event)) return;
        event.preventDefault();
        event.stopPropagation();
        event.currentTarget.closest<HTMLElement>(".message-card")?.focus();
        onDone();
      }}
    >
      <p class="reply-to">
        <span class="quiet">To</span> <InstanceName id={to} />
      </p>
      <WriteField
        label="Reply"
        placeholder="Enter sends, Shift+Enter begins a line, Escape closes"
        hasFocus
        text={text.value}
        onText={(written) => {
          text.value = written;
          refusal.value = undefined;
        }}
        onSend={() => void send()}
      />
      <div class="reply-row">
        <TypeSelect
          value={type.value}
          onChoose={(chosen) => {
            type.value = chosen;
          }}
        />
        <p class={refusal.value === undefined ? "quiet" : "field-error"} role="status">
          {refusal.value ?? forecast.value?.text}
        </p>
        <Button variant="ghost" onClick={onDone}>
          Cancel
        </Button>
        <Button
          type="submit"
          variant="primary"
          icon={SendHorizontal}
          isBusy={isBusy.value}
          disabled={text.value.trim() === ""}
        >
          Reply
        </Button>
      </div>
    </form>
  );
}
